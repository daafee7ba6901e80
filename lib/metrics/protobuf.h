// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Protobuf exposition: each family is one io.prometheus.client.MetricFamily message with its length
// before it. The wire format is written by hand: no Protobuf library in the shipped programs, no
// message objects to build and walk. A message's length precedes it and is known only after it, so
// one byte is left for it and, in the rare case that it takes more, the message is moved up.
// Schema: https://github.com/prometheus/client_model (metrics.proto);
// encoding: https://protobuf.dev/programming-guides/encoding/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metrics/encoder.h"

namespace serverpulse::metrics {

class ProtobufEncoder final : public Encoder {
 public:
  using Sink::sample;
  void sample(LabelValues labels, double value, const SampleDetail& detail) override;
  void histogram(LabelValues labels, const HistogramValue& value,
                 const SampleDetail& detail) override;
  void summary(LabelValues labels, const SummaryValue& value, const SampleDetail& detail) override;

 protected:
  void begin_family(const Family& family) override;
  void end_family() override;

 private:
  [[nodiscard]] std::size_t begin_metric(LabelValues labels);
  void end_metric(std::size_t at, const SampleDetail& detail);

  Type type_ = Type::unknown;
  std::size_t family_at_ = 0;
  std::string names_;                // the label names as fields of a LabelPair, one after another
  std::vector<std::uint32_t> ends_;  // of each within names_
  std::string mended_;               // a text that was not UTF-8
};

}  // namespace serverpulse::metrics
