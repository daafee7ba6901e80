// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/protobuf.h"

#include <algorithm>
#include <cmath>

#include "metrics/naming.h"
#include "metrics/utf8_text.h"
#include "metrics/wire.h"

namespace serverpulse::metrics {
namespace {

using wire::append_bytes;
using wire::append_double;
using wire::append_varint;
using wire::begin_message;
using wire::end_message;

// Field numbers of metrics.proto. Histogram keeps 4 to 14 for native histograms.
namespace family_field {
constexpr unsigned kName = 1, kHelp = 2, kType = 3, kMetric = 4, kUnit = 5;
}
namespace metric_field {
constexpr unsigned kLabel = 1, kGauge = 2, kCounter = 3, kSummary = 4, kUntyped = 5,
                   kTimestampMs = 6, kHistogram = 7;
}
namespace distribution_field {  // the same in Summary and Histogram
constexpr unsigned kCount = 1, kSum = 2, kPart = 3, kSummaryCreated = 4, kHistogramCreated = 15;
}

// MetricType of metrics.proto, and the field of Metric that bears the value.
struct WireType {
  std::uint64_t type;
  unsigned field;
};

WireType wire_type(Type type) {
  switch (type) {
    case Type::counter:
      return {0, metric_field::kCounter};
    case Type::gauge:
    case Type::info:
    case Type::stateset:
      return {1, metric_field::kGauge};
    case Type::summary:
      return {2, metric_field::kSummary};
    case Type::histogram:
      return {4, metric_field::kHistogram};
    case Type::unknown:
      break;
  }
  return {3, metric_field::kUntyped};
}

// google.protobuf.Timestamp: whole seconds, and nanoseconds that count forward.
void append_timestamp(std::string& out, unsigned field, double seconds) {
  if (seconds == 0 || !(std::abs(seconds) < 1e11)) return;
  const auto at = begin_message(out, field);
  auto whole = static_cast<std::int64_t>(std::floor(seconds));
  auto nanos = static_cast<std::int64_t>(std::llround((seconds - std::floor(seconds)) * 1e9));
  if (nanos == 1'000'000'000) {
    nanos = 0;
    ++whole;
  }
  if (whole != 0) append_varint(out, 1, static_cast<std::uint64_t>(whole));
  if (nanos != 0) append_varint(out, 2, static_cast<std::uint64_t>(nanos));
  end_message(out, at);
}

// `scratch` is for what is not UTF-8.
void append_exemplar(std::string& out, unsigned field, const Exemplar* exemplar,
                     std::string& scratch) {
  if (exemplar == nullptr) return;
  const auto at = begin_message(out, field);
  const auto count = std::min(exemplar->label_names.size(), exemplar->label_values.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto label = begin_message(out, 1);
    append_bytes(out, 1, exemplar->label_names[i]);
    append_bytes(out, 2, as_utf8(exemplar->label_values[i], scratch));
    end_message(out, label);
  }
  append_double(out, 2, exemplar->value);
  append_timestamp(out, 3, exemplar->timestamp_seconds);
  end_message(out, at);
}

}  // namespace

void ProtobufEncoder::begin_family(const Family& family) {
  type_ = family.type;
  names_.clear();
  ends_.clear();
  for (const auto name : family.label_names) {
    append_bytes(names_, 1, name);
    ends_.push_back(static_cast<std::uint32_t>(names_.size()));
  }
  out_ += '\0';  // the length
  family_at_ = out_.size();
  append_bytes(out_, family_field::kName, family.name);
  append_bytes(out_, family_field::kHelp, as_utf8(family.help, mended_));
  append_varint(out_, family_field::kType, wire_type(family.type).type);
  const auto unit = openmetrics_naming(family).unit;  // Prometheus refuses one that does not fit
  if (!unit.empty()) append_bytes(out_, family_field::kUnit, unit);
}

void ProtobufEncoder::end_family() {
  end_message(out_, family_at_);
}

std::size_t ProtobufEncoder::begin_metric(LabelValues labels) {
  const auto at = begin_message(out_, family_field::kMetric);
  const auto count = std::min(labels.size(), ends_.size());
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto name_size = ends_[i] - begin;
    const auto value = as_utf8(labels[i], mended_);
    out_ += wire::tag(metric_field::kLabel, wire::kLength);
    append_varint(out_, name_size + 1 + wire::varint_size(value.size()) + value.size());
    out_.append(names_, begin, name_size);
    append_bytes(out_, 2, value);
    begin = ends_[i];
  }
  return at;
}

void ProtobufEncoder::end_metric(std::size_t at, const SampleDetail& detail) {
  if (detail.timestamp_ms != 0) {
    append_varint(out_, metric_field::kTimestampMs,
                  static_cast<std::uint64_t>(detail.timestamp_ms));
  }
  end_message(out_, at);
  counted();
}

void ProtobufEncoder::sample(LabelValues labels, double value, const SampleDetail& detail) {
  const auto at = begin_metric(labels);
  const auto inner = begin_message(out_, wire_type(type_).field);
  append_double(out_, 1, value);
  if (type_ == Type::counter) {
    append_exemplar(out_, 2, detail.exemplar, mended_);
    append_timestamp(out_, 3, detail.created_seconds);
  }
  end_message(out_, inner);
  end_metric(at, detail);
}

void ProtobufEncoder::histogram(LabelValues labels, const HistogramValue& value,
                                const SampleDetail& detail) {
  const auto at = begin_metric(labels);
  const auto inner = begin_message(out_, metric_field::kHistogram);
  append_varint(out_, distribution_field::kCount, value.count);
  append_double(out_, distribution_field::kSum, value.sum);
  for (const auto& bucket : value.buckets) {
    const auto part = begin_message(out_, distribution_field::kPart);
    append_varint(out_, 1, bucket.cumulative_count);
    append_double(out_, 2, bucket.upper_bound);
    append_exemplar(out_, 3, bucket.exemplar, mended_);
    end_message(out_, part);
  }
  append_timestamp(out_, distribution_field::kHistogramCreated, detail.created_seconds);
  end_message(out_, inner);
  end_metric(at, detail);
  counted(static_cast<std::uint32_t>(value.buckets.size()) + (has_infinite(value.buckets) ? 1 : 2));
}

void ProtobufEncoder::summary(LabelValues labels, const SummaryValue& value,
                              const SampleDetail& detail) {
  const auto at = begin_metric(labels);
  const auto inner = begin_message(out_, metric_field::kSummary);
  append_varint(out_, distribution_field::kCount, value.count);
  append_double(out_, distribution_field::kSum, value.sum);
  for (const auto& quantile : value.quantiles) {
    const auto part = begin_message(out_, distribution_field::kPart);
    append_double(out_, 1, quantile.quantile);
    append_double(out_, 2, quantile.value);
    end_message(out_, part);
  }
  append_timestamp(out_, distribution_field::kSummaryCreated, detail.created_seconds);
  end_message(out_, inner);
  end_metric(at, detail);
  counted(static_cast<std::uint32_t>(value.quantiles.size()) + 1);
}

}  // namespace serverpulse::metrics
