// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// A case is a folder tests/collectors/<collector>/<case>/ that stands for a host; README.md there
// says what it holds. Workbench is one collector made over one case, ready to be scraped.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "exporter/collector.h"
#include "metrics/encoder.h"
#include "tests/collectors/fixture_kernel.h"

namespace serverpulse::exporter {

struct Case {
  const CollectorInfo* info;
  std::string name;

  [[nodiscard]] std::string collector() const { return std::string(info->name); }
  [[nodiscard]] std::string folder() const;
  /// The golden beside the folder; empty when there is none.
  [[nodiscard]] std::string golden_path() const { return folder() + ".prom"; }
  [[nodiscard]] std::string golden() const;
  [[nodiscard]] bool gives_metrics() const;
  /// Whether the golden has a refusal, or a warning about what was left out.
  [[nodiscard]] bool refuses() const;
  /// `text` as goldens have it: the folder is $CASE, and files' times, which are those of the
  /// checkout, are MTIME.
  [[nodiscard]] std::string portable(std::string text) const;
};

/// For gtest: "meminfo/plain".
void PrintTo(const Case& c, std::ostream* out);

/// All cases of all collectors, sorted by folder.
std::vector<Case> all_cases();

/// "meminfo_plain": a name that gtest allows.
std::string test_name(const Case& c);

/// Thread rule: one thread. Problems with the case's files are test failures.
class Workbench {
 public:
  /// `kernel` stands in for the case's own, if given.
  explicit Workbench(const Case& c, Kernel* kernel = nullptr);

  /// The collector, or why it could not be made.
  [[nodiscard]] Result<std::unique_ptr<Collector>>& collector() { return collector_; }

  /// What was logged so far, as goldens have it: "# level=warn msg=…" lines, without the time.
  [[nodiscard]] std::string log() const;

 private:
  FixtureKernel kernel_;
  ManualClock clock_;
  Fd log_;
  log::Logger logger_;
  Host host_;
  Result<std::unique_ptr<Collector>> collector_;
};

}  // namespace serverpulse::exporter
