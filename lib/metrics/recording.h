// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// RecordingSink: keeps the families it is given, for whoever wants to look at them rather than at
// bytes: tests that compare, the generated documentation, a name check of rules and dashboards.
#pragma once

#include <string>
#include <vector>

#include "metrics/sink.h"
#include "metrics/stored.h"

namespace serverpulse::metrics {

/// Thread rule: one thread at a time.
class RecordingSink final : public Sink {
 public:
  using Sink::sample;
  void begin(const Family& family) override;
  void sample(LabelValues labels, double value, const SampleDetail& detail) override;
  void histogram(LabelValues labels, const HistogramValue& value,
                 const SampleDetail& detail) override;
  void summary(LabelValues labels, const SummaryValue& value, const SampleDetail& detail) override;
  void end() override { open_ = false; }

  struct Recorded {
    StoredFamily family;
    std::vector<std::string> label_names;  ///< As begin() gave them.
  };
  /// In the order they came. A family given twice is here twice.
  [[nodiscard]] const std::vector<Recorded>& families() const { return families_; }
  /// What the giver did against the rules of Sink, in sentences; empty: nothing.
  [[nodiscard]] const std::vector<std::string>& misuses() const { return misuses_; }
  void clear();

  /// Gives what was recorded to another sink.
  void replay(Sink& sink) const;

 private:
  StoredSample& add(LabelValues labels, const SampleDetail& detail, bool distribution);

  std::vector<Recorded> families_;
  std::vector<std::string> misuses_;
  bool open_ = false;
};

}  // namespace serverpulse::metrics
