// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Sink: where samples go. A collector never sees a format: text, OpenMetrics, protobuf and remote
// write are each one implementation. Expositions are family-wise: begin, its samples, end.
//
//   out.add(kLoad1, 0.5);                       // a family of one sample without labels
//   auto rows = out.rows(kCpuSeconds);          // a family of many
//   for (…) rows.add({cpu, "user"}, seconds);   // begins with the first row; ends with the scope
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "metrics/family.h"

namespace serverpulse::metrics {

/// The values of Family::label_names, in that order. An empty value equals an absent label. What is
/// not UTF-8 in them becomes U+FFFD in every format.
using LabelValues = std::span<const std::string_view>;

struct Exemplar {
  std::span<const std::string_view> label_names;
  LabelValues label_values;
  double value = 0;
  double timestamp_seconds = 0;  ///< Unix time; 0: unknown.
};

/// What a sample may bear besides its value.
struct SampleDetail {
  std::int64_t timestamp_ms = 0;  ///< Unix time; 0: none, the scraper's own.
  double created_seconds = 0;     ///< When the count began, Unix time; 0: unknown.
  const Exemplar* exemplar = nullptr;
};

struct Bucket {
  double upper_bound;
  std::uint64_t cumulative_count;
  const Exemplar* exemplar = nullptr;
};

struct NativeHistogram;  // defined with the probes that make them

struct HistogramValue {
  std::span<const Bucket> buckets;  ///< Rising; the +Inf bucket may be left out: it is `count`.
  double sum = 0;
  std::uint64_t count = 0;
  const NativeHistogram* native = nullptr;
};

struct Quantile {
  double quantile;
  double value;
};

struct SummaryValue {
  std::span<const Quantile> quantiles;
  double sum = 0;
  std::uint64_t count = 0;
};

template <std::size_t N>
class Rows;

/// Thread rule: one thread at a time. Nothing may fail: a sink that cannot go on remembers why and
/// ignores the rest.
class Sink {
 public:
  virtual ~Sink() = default;

  virtual void begin(const Family& family) = 0;
  /// REQUIRES: as many values as the family has label names. For histogram and summary families
  /// the other two calls.
  virtual void sample(LabelValues labels, double value, const SampleDetail& detail) = 0;
  virtual void histogram(LabelValues labels, const HistogramValue& value,
                         const SampleDetail& detail) = 0;
  virtual void summary(LabelValues labels, const SummaryValue& value,
                       const SampleDetail& detail) = 0;
  virtual void end() = 0;

  void sample(LabelValues labels, double value) { sample(labels, value, SampleDetail{}); }

  void add(const Metric<0>& metric, double value) {
    begin(metric.family());
    sample({}, value, SampleDetail{});
    end();
  }

  /// A family without labels whose name is known only at run time.
  void add(const NamedFamily& family, double value) {
    begin(family.family());
    sample({}, value, SampleDetail{});
    end();
  }

  template <std::size_t N>
  [[nodiscard]] Rows<N> rows(const Metric<N>& metric) {
    return Rows<N>(*this, metric.family());
  }
};

/// The samples of one family. One Rows of a sink is alive at a time.
template <std::size_t N>
class Rows {
 public:
  Rows(Sink& sink, const Family& family) : sink_(&sink), family_(family) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows() {
    if (begun_) sink_->end();
  }

  template <std::size_t M>
  void add(const std::string_view (&labels)[M], double value) {
    static_assert(M == N, "one value for each label name");
    add(LabelValues(labels), value);
  }
  /// REQUIRES: labels.size() == N.
  void add(LabelValues labels, double value) {
    if (!begun_) {
      sink_->begin(family_);
      begun_ = true;
    }
    sink_->sample(labels, value, SampleDetail{});
  }

 private:
  Sink* sink_;
  Family family_;
  bool begun_ = false;
};

}  // namespace serverpulse::metrics
