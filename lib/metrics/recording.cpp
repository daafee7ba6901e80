// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/recording.h"

#include <algorithm>

namespace serverpulse::metrics {
namespace {

StoredExemplar stored(const Exemplar& exemplar) {
  StoredExemplar out{{}, exemplar.value, exemplar.timestamp_seconds};
  const auto count = std::min(exemplar.label_names.size(), exemplar.label_values.size());
  for (std::size_t i = 0; i < count; ++i) {
    out.labels.push_back(
        {std::string(exemplar.label_names[i]), std::string(exemplar.label_values[i])});
  }
  return out;
}

}  // namespace

void RecordingSink::begin(const Family& family) {
  if (open_) misuses_.push_back("begin of " + std::string(family.name) + " before an end");
  open_ = true;
  auto& recorded = families_.emplace_back();
  recorded.family.name = family.name;
  recorded.family.help = std::string(family.help);
  recorded.family.type = family.type;
  recorded.family.unit = family.unit;
  recorded.label_names.assign(family.label_names.begin(), family.label_names.end());
}

StoredSample& RecordingSink::add(LabelValues labels, const SampleDetail& detail,
                                 bool distribution) {
  if (!open_) {
    misuses_.emplace_back("a sample outside of a family");
    begin(Family{});
  }
  auto& [family, names] = families_.back();
  if (labels.size() != names.size()) {
    misuses_.push_back(family.name + ": " + std::to_string(labels.size()) + " label values for " +
                       std::to_string(names.size()) + " names");
  }
  const bool wants_distribution = family.type == Type::histogram || family.type == Type::summary;
  if (distribution != wants_distribution) {
    misuses_.push_back(family.name + ": the call does not fit the type");
  }
  auto& sample = family.samples.emplace_back();
  for (std::size_t i = 0; i < std::min(labels.size(), names.size()); ++i) {
    sample.labels.push_back(StoredLabel{names[i], std::string(labels[i])});
  }
  if (detail.timestamp_ms != 0) sample.timestamp_ms = detail.timestamp_ms;
  sample.created_seconds = detail.created_seconds;
  if (detail.exemplar != nullptr) sample.exemplar = stored(*detail.exemplar);
  return sample;
}

void RecordingSink::sample(LabelValues labels, double value, const SampleDetail& detail) {
  add(labels, detail, false).value = value;
}

void RecordingSink::histogram(LabelValues labels, const HistogramValue& value,
                              const SampleDetail& detail) {
  auto& sample = add(labels, detail, true);
  sample.sum = value.sum;
  sample.count = value.count;
  for (const auto& bucket : value.buckets) {
    auto& kept =
        sample.buckets.emplace_back(StoredBucket{bucket.upper_bound, bucket.cumulative_count, {}});
    if (bucket.exemplar != nullptr) kept.exemplar = stored(*bucket.exemplar);
  }
}

void RecordingSink::summary(LabelValues labels, const SummaryValue& value,
                            const SampleDetail& detail) {
  auto& sample = add(labels, detail, true);
  sample.sum = value.sum;
  sample.count = value.count;
  sample.quantiles.assign(value.quantiles.begin(), value.quantiles.end());
}

void RecordingSink::clear() {
  families_.clear();
  misuses_.clear();
  open_ = false;
}

void RecordingSink::replay(Sink& sink) const {
  for (const auto& recorded : families_) emit(recorded.family, sink);
}

}  // namespace serverpulse::metrics
