// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Prometheus text exposition format 0.0.4. It knows no info and no stateset: both are gauges here.
// https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include "metrics/lines.h"

namespace serverpulse::metrics {

class TextEncoder final : public LineEncoder {
 public:
  using Sink::sample;
  void sample(LabelValues labels, double value, const SampleDetail& detail) override;
  void histogram(LabelValues labels, const HistogramValue& value,
                 const SampleDetail& detail) override;
  void summary(LabelValues labels, const SummaryValue& value, const SampleDetail& detail) override;

 protected:
  void begin_family(const Family& family) override;

 private:
  void part(std::string_view suffix, LabelValues labels, const Bound& bound, double value,
            const SampleDetail& detail);
  void finish_line(const SampleDetail& detail);
};

}  // namespace serverpulse::metrics
