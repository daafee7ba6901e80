// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/openmetrics.h"

#include <array>
#include <charconv>
#include <limits>

#include "metrics/naming.h"
#include "metrics/number.h"

namespace serverpulse::metrics {
namespace {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::gauge:
      return "gauge";
    case Type::info:
      return "info";
    case Type::stateset:
      return "stateset";
    case Type::histogram:
      return "histogram";
    case Type::summary:
      return "summary";
    case Type::unknown:
      break;
  }
  return "unknown";
}

// Milliseconds as seconds with as many decimals as it takes, exactly: 1520879607.789, -0.5, 7.
void append_seconds(std::string& out, std::int64_t milliseconds) {
  std::array<char, 24> digits;
  if (milliseconds < 0) out += '-';
  const auto magnitude = milliseconds < 0
                             ? std::uint64_t{0} - static_cast<std::uint64_t>(milliseconds)
                             : static_cast<std::uint64_t>(milliseconds);
  const auto done = std::to_chars(digits.data(), digits.data() + digits.size(), magnitude / 1000);
  out.append(digits.data(), done.ptr);
  auto rest = static_cast<unsigned>(magnitude % 1000);
  if (rest > 0) out += '.';
  for (unsigned unit = 100; rest > 0; unit /= 10) {
    out += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
}

// UTF-8 characters, counted by the bytes that are not continuations.
std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    count += static_cast<std::size_t>((static_cast<unsigned char>(c) & 0xc0U) != 0x80U);
  }
  return count;
}

// "The combined length of the label names and values of an Exemplar's LabelSet MUST NOT exceed
// 128 UTF-8 character code points."
bool fits(const Exemplar& exemplar) {
  std::size_t length = 0;
  for (const auto name : exemplar.label_names) length += characters(name);
  for (const auto value : exemplar.label_values) length += characters(value);
  return length <= 128 && exemplar.label_names.size() == exemplar.label_values.size();
}

}  // namespace

void OpenMetricsEncoder::begin_family(const Family& family) {
  prepare(family);
  const auto naming = openmetrics_naming(family);
  base_ = naming.name;
  counts_ = naming.type == Type::counter;
  help_line(naming.name, family.help, true);
  type_line(naming.name, type_name(naming.type));
  if (naming.unit.empty()) return;
  out_ += "# UNIT ";
  out_ += naming.name;
  out_ += ' ';
  out_ += naming.unit;
  out_ += '\n';
}

void OpenMetricsEncoder::exemplar(const Exemplar& exemplar) {
  out_ += " # {";
  for (std::size_t i = 0; i < exemplar.label_names.size(); ++i) {
    if (i > 0) out_ += ',';
    out_ += exemplar.label_names[i];
    out_ += "=\"";
    append_escaped(exemplar.label_values[i], true);
    out_ += '"';
  }
  out_ += "} ";
  append_value(out_, exemplar.value);
  if (exemplar.timestamp_seconds != 0) {
    out_ += ' ';
    append_value(out_, exemplar.timestamp_seconds);
  }
}

void OpenMetricsEncoder::finish_line(const SampleDetail& detail, const Exemplar* with) {
  if (detail.timestamp_ms != 0) {
    out_ += ' ';
    append_seconds(out_, detail.timestamp_ms);
  }
  if (with != nullptr && fits(*with)) exemplar(*with);
  out_ += '\n';
  counted();
}

void OpenMetricsEncoder::part(std::string_view suffix, LabelValues labels, const Bound& bound,
                              double value, const SampleDetail& detail, const Exemplar* with) {
  suffixed(family().name, suffix, labels, bound, value);
  finish_line(detail, with);
}

void OpenMetricsEncoder::created(LabelValues labels, const SampleDetail& detail) {
  if (!options_.created_lines || detail.created_seconds == 0) return;
  suffixed(base_, "_created", labels, {}, detail.created_seconds);
  finish_line(SampleDetail{detail.timestamp_ms, 0, nullptr}, nullptr);
}

void OpenMetricsEncoder::sample(LabelValues labels, double value, const SampleDetail& detail) {
  plain(labels, value);
  finish_line(detail, counts_ ? detail.exemplar : nullptr);
  if (counts_) created(labels, detail);
}

void OpenMetricsEncoder::histogram(LabelValues labels, const HistogramValue& value,
                                   const SampleDetail& detail) {
  for (const auto& bucket : value.buckets) {
    part("_bucket", labels, {"le", bucket.upper_bound},
         static_cast<double>(bucket.cumulative_count), detail, bucket.exemplar);
  }
  if (!has_infinite(value.buckets)) {
    part("_bucket", labels, {"le", std::numeric_limits<double>::infinity()},
         static_cast<double>(value.count), detail);
  }
  part("_sum", labels, {}, value.sum, detail);
  part("_count", labels, {}, static_cast<double>(value.count), detail);
  created(labels, detail);
}

void OpenMetricsEncoder::summary(LabelValues labels, const SummaryValue& value,
                                 const SampleDetail& detail) {
  for (const auto& quantile : value.quantiles) {
    part({}, labels, {"quantile", quantile.quantile}, quantile.value, detail);
  }
  part("_sum", labels, {}, value.sum, detail);
  part("_count", labels, {}, static_cast<double>(value.count), detail);
  created(labels, detail);
}

}  // namespace serverpulse::metrics
