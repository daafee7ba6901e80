// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// KernelWorld: random but valid files of /proc and /sys, as a kernel could print them, and the
// samples that must come of them. Drawn by RapidCheck, so usable only within a property.
#pragma once

#include <sys/timex.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace serverpulse::exporter {

struct KernelWorld {
  bool complete = true;                      ///< False: files that some kernels lack are missing.
  std::map<std::string, std::string> files;  ///< Path below the root to content.
  timex clock{};                             ///< What adjtimex(2) answers.
  int clock_state = 0;

  /// What one collector must give: `name{label="value",…}` (labels by name) to value.
  struct Expected {
    std::map<std::string, double> samples;
    std::set<std::string> may_also;  ///< Families whose presence is not decided here.
  };
  std::map<std::string, Expected, std::less<>> collectors;  ///< By collector.
};

KernelWorld any_world(bool complete);

/// `name{a="b"}`, or the name alone without labels. REQUIRES: labels sorted; values of plain
/// letters.
std::string series(std::string_view name, const std::map<std::string, std::string>& labels = {});

}  // namespace serverpulse::exporter
