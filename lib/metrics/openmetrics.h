// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// OpenMetrics 1.0.0 text. It differs from the older text format in what it says besides the
// samples: UNIT, info and stateset types, exemplars, creation times, timestamps in seconds, a last
// line "# EOF". The samples' names, labels and values are the same bytes.
// https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
#pragma once

#include "metrics/lines.h"

namespace serverpulse::metrics {

class OpenMetricsEncoder final : public LineEncoder {
 public:
  explicit OpenMetricsEncoder(EncoderOptions options) : options_(options) {}

  using Sink::sample;
  void sample(LabelValues labels, double value, const SampleDetail& detail) override;
  void histogram(LabelValues labels, const HistogramValue& value,
                 const SampleDetail& detail) override;
  void summary(LabelValues labels, const SummaryValue& value, const SampleDetail& detail) override;
  [[nodiscard]] std::string_view trailer() const override { return "# EOF\n"; }

 protected:
  void begin_family(const Family& family) override;

 private:
  void part(std::string_view suffix, LabelValues labels, const Bound& bound, double value,
            const SampleDetail& detail, const Exemplar* exemplar = nullptr);
  void finish_line(const SampleDetail& detail, const Exemplar* exemplar);
  void exemplar(const Exemplar& exemplar);
  void created(LabelValues labels, const SampleDetail& detail);

  EncoderOptions options_;
  std::string_view base_;  // the name in the metadata
  bool counts_ = false;    // whether the type is counter, which alone may bear exemplars
};

}  // namespace serverpulse::metrics
