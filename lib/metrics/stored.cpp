// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/stored.h"

#include <algorithm>
#include <string_view>

namespace serverpulse::metrics {
namespace {

std::vector<std::string_view> label_union(const StoredFamily& family) {
  std::vector<std::string_view> names;
  for (const auto& sample : family.samples) {
    for (const auto& label : sample.labels) {
      const auto at = std::lower_bound(names.begin(), names.end(), label.name);
      if (at == names.end() || *at != label.name) names.insert(at, label.name);
    }
  }
  return names;
}

// An Exemplar that points into a StoredExemplar.
class ExemplarView {
 public:
  explicit ExemplarView(const StoredExemplar& stored) {
    for (const auto& label : stored.labels) {
      names_.push_back(label.name);
      values_.push_back(label.value);
    }
    view_ = Exemplar{names_, values_, stored.value, stored.timestamp_seconds};
  }
  ExemplarView(ExemplarView&&) = default;
  [[nodiscard]] const Exemplar* get() const { return &view_; }

 private:
  std::vector<std::string_view> names_;
  std::vector<std::string_view> values_;
  Exemplar view_;
};

void emit_histogram(const StoredSample& sample, LabelValues values, const SampleDetail& detail,
                    Sink& sink) {
  std::vector<ExemplarView> exemplars;
  exemplars.reserve(sample.buckets.size());
  std::vector<Bucket> buckets;
  for (const auto& bucket : sample.buckets) {
    const Exemplar* exemplar = nullptr;
    if (bucket.exemplar) exemplar = exemplars.emplace_back(*bucket.exemplar).get();
    buckets.push_back(Bucket{bucket.upper_bound, bucket.cumulative_count, exemplar});
  }
  sink.histogram(values, HistogramValue{buckets, sample.sum, sample.count, nullptr}, detail);
}

}  // namespace

void emit(const StoredFamily& family, Sink& sink) {
  if (family.samples.empty()) return;
  const auto names = label_union(family);
  const std::string_view help = family.help ? std::string_view(*family.help) : std::string_view();
  sink.begin(Family{family.name, help, family.type, names, family.unit});
  std::vector<std::string_view> values;
  for (const auto& sample : family.samples) {
    values.assign(names.size(), {});
    for (auto label = sample.labels.rbegin(); label != sample.labels.rend(); ++label) {
      const auto at = std::lower_bound(names.begin(), names.end(), label->name);
      values[static_cast<std::size_t>(at - names.begin())] = label->value;
    }
    SampleDetail detail{sample.timestamp_ms.value_or(0), sample.created_seconds, nullptr};
    std::optional<ExemplarView> exemplar;
    if (sample.exemplar) detail.exemplar = exemplar.emplace(*sample.exemplar).get();
    if (family.type == Type::histogram) {
      emit_histogram(sample, values, detail, sink);
    } else if (family.type == Type::summary) {
      sink.summary(values, SummaryValue{sample.quantiles, sample.sum, sample.count}, detail);
    } else {
      sink.sample(values, sample.value, detail);
    }
  }
  sink.end();
}

}  // namespace serverpulse::metrics
