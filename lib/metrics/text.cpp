// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/text.h"

#include <array>
#include <charconv>
#include <limits>

#include "metrics/naming.h"

namespace serverpulse::metrics {
namespace {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::gauge:
    case Type::info:
    case Type::stateset:
      return "gauge";
    case Type::histogram:
      return "histogram";
    case Type::summary:
      return "summary";
    case Type::unknown:
      break;
  }
  return "untyped";
}

}  // namespace

void TextEncoder::begin_family(const Family& family) {
  prepare(family);
  help_line(family.name, family.help, false);
  type_line(family.name, type_name(family.type));
}

void TextEncoder::finish_line(const SampleDetail& detail) {
  if (detail.timestamp_ms != 0) {
    std::array<char, 24> digits;
    const auto done =
        std::to_chars(digits.data(), digits.data() + digits.size(), detail.timestamp_ms);
    out_ += ' ';
    out_.append(digits.data(), done.ptr);
  }
  out_ += '\n';
  counted();
}

void TextEncoder::part(std::string_view suffix, LabelValues labels, const Bound& bound,
                       double value, const SampleDetail& detail) {
  suffixed(family().name, suffix, labels, bound, value);
  finish_line(detail);
}

void TextEncoder::sample(LabelValues labels, double value, const SampleDetail& detail) {
  plain(labels, value);
  finish_line(detail);
}

void TextEncoder::histogram(LabelValues labels, const HistogramValue& value,
                            const SampleDetail& detail) {
  for (const auto& bucket : value.buckets) {
    part("_bucket", labels, {"le", bucket.upper_bound},
         static_cast<double>(bucket.cumulative_count), detail);
  }
  if (!has_infinite(value.buckets)) {
    part("_bucket", labels, {"le", std::numeric_limits<double>::infinity()},
         static_cast<double>(value.count), detail);
  }
  part("_sum", labels, {}, value.sum, detail);
  part("_count", labels, {}, static_cast<double>(value.count), detail);
}

void TextEncoder::summary(LabelValues labels, const SummaryValue& value,
                          const SampleDetail& detail) {
  for (const auto& quantile : value.quantiles) {
    part({}, labels, {"quantile", quantile.quantile}, quantile.value, detail);
  }
  part("_sum", labels, {}, value.sum, detail);
  part("_count", labels, {}, static_cast<double>(value.count), detail);
}

}  // namespace serverpulse::metrics
