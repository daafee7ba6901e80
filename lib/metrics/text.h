// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Prometheus text exposition format 0.0.4.
// https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include "metrics/encoder.h"

namespace serverpulse::metrics {

class TextEncoder final : public Encoder {
 public:
  using Sink::sample;
  void sample(LabelValues labels, double value, const SampleDetail& detail) override;
  void histogram(LabelValues labels, const HistogramValue& value,
                 const SampleDetail& detail) override;
  void summary(LabelValues labels, const SummaryValue& value, const SampleDetail& detail) override;

 protected:
  void begin_family(const Family& family) override;

 private:
  // One line: name + suffix, the labels and, where given, a bound as a further label.
  void line(std::string_view suffix, LabelValues labels, std::string_view bound_name, double bound,
            double value, const SampleDetail& detail);

  Family family_;
};

/// Appends a label value or HELP text with \\ and \n (and \" where `quotes`) escaped.
void append_escaped(std::string& out, std::string_view text, bool quotes);

}  // namespace serverpulse::metrics
