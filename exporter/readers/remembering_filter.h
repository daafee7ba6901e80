// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// RememberingFilter: a DeviceFilter asked once per name. Devices are the same at each scrape, and a
// look-up costs a tenth of a regular expression; names that were not asked for during a scrape are
// forgotten at its end, so that a host that makes a thousand veths a day does not pile them up.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/pattern.h"

namespace serverpulse::exporter {

/// Thread rule: one thread at a time.
class RememberingFilter {
 public:
  explicit RememberingFilter(DeviceFilter filter) : filter_(std::move(filter)) {}

  [[nodiscard]] bool ignores(std::string_view name) {
    auto found = answers_.find(name);
    if (found == answers_.end()) {
      found = answers_.emplace(name, Answer{filter_.ignores(name), scrape_ - 1}).first;
    }
    if (found->second.asked != scrape_) {
      found->second.asked = scrape_;
      ++asked_;
    }
    return found->second.ignored;
  }

  /// Forgets the names that were not asked for since the last call.
  void end_scrape() {
    if (asked_ != answers_.size()) {
      std::erase_if(answers_, [this](const auto& a) { return a.second.asked != scrape_; });
    }
    asked_ = 0;
    ++scrape_;
  }

  /// How many names are remembered.
  [[nodiscard]] std::size_t size() const { return answers_.size(); }

 private:
  struct Answer {
    bool ignored;
    std::uint64_t asked;  // the scrape that asked last
  };
  DeviceFilter filter_;
  std::map<std::string, Answer, std::less<>> answers_;
  std::uint64_t scrape_ = 1;
  std::size_t asked_ = 0;
};

}  // namespace serverpulse::exporter
