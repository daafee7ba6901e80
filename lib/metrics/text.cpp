// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/text.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "metrics/number.h"

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

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  const std::string_view special = quotes ? "\\\n\"" : "\\\n";
  for (;;) {
    const auto at = text.find_first_of(special);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return;
    out += '\\';
    out += text[at] == '\n' ? 'n' : text[at];
    text.remove_prefix(at + 1);
  }
}

void TextEncoder::begin_family(const Family& family) {
  family_ = family;
  out_ += "# HELP ";
  out_ += family.name;
  out_ += ' ';
  append_escaped(out_, family.help, false);
  out_ += "\n# TYPE ";
  out_ += family.name;
  out_ += ' ';
  out_ += type_name(family.type);
  out_ += '\n';
}

void TextEncoder::line(std::string_view suffix, LabelValues labels, std::string_view bound_name,
                       double bound, double value, const SampleDetail& detail) {
  out_ += family_.name;
  out_ += suffix;
  char before = '{';
  for (std::size_t i = 0; i < labels.size(); ++i) {
    out_ += before;
    before = ',';
    out_ += family_.label_names[i];
    out_ += "=\"";
    append_escaped(out_, labels[i], true);
    out_ += '"';
  }
  if (!bound_name.empty()) {
    out_ += before;
    before = ',';
    out_ += bound_name;
    out_ += "=\"";
    append_bound(out_, bound);
    out_ += '"';
  }
  if (before == ',') out_ += '}';
  out_ += ' ';
  append_value(out_, value);
  if (detail.timestamp_ms != 0) {
    out_ += ' ';
    out_ += std::to_string(detail.timestamp_ms);
  }
  out_ += '\n';
  counted();
}

void TextEncoder::sample(LabelValues labels, double value, const SampleDetail& detail) {
  line({}, labels, {}, 0, value, detail);
}

void TextEncoder::histogram(LabelValues labels, const HistogramValue& value,
                            const SampleDetail& detail) {
  bool infinite = false;
  for (const auto& bucket : value.buckets) {
    infinite = infinite || std::isinf(bucket.upper_bound);
    line("_bucket", labels, "le", bucket.upper_bound, static_cast<double>(bucket.cumulative_count),
         detail);
  }
  if (!infinite) {
    line("_bucket", labels, "le", std::numeric_limits<double>::infinity(),
         static_cast<double>(value.count), detail);
  }
  line("_sum", labels, {}, 0, value.sum, detail);
  line("_count", labels, {}, 0, static_cast<double>(value.count), detail);
}

void TextEncoder::summary(LabelValues labels, const SummaryValue& value,
                          const SampleDetail& detail) {
  for (const auto& quantile : value.quantiles) {
    line({}, labels, "quantile", quantile.quantile, quantile.value, detail);
  }
  line("_sum", labels, {}, 0, value.sum, detail);
  line("_count", labels, {}, 0, static_cast<double>(value.count), detail);
}

}  // namespace serverpulse::metrics
