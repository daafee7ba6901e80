// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Directory: the names in a folder of /sys, read again at each scrape on a descriptor that stays
// open. getdents64(2) directly, since readdir(3) allocates 32 KiB per stream.
// A folder of /sys that was removed and made again (a module unloaded and loaded) leaves the kept
// descriptor on the dead one, which lists nothing: so an empty listing opens the path anew.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace serverpulse::exporter {

/// Thread rule: one thread at a time.
class Directory {
 public:
  explicit Directory(std::string path) : path_(std::move(path)) {}

  /// Lists the names that are `prefix` followed by a digit, sorted bytewise. Answers whether they
  /// differ from the last time. Kind unavailable when there is no such folder. At most 65536.
  Result<bool> list(std::string_view prefix);

  /// What the last list() found.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Status open();
  Status fill(std::string_view prefix);

  std::string path_;
  Fd fd_;
  std::vector<std::string> names_;
  std::vector<std::string> found_;  // of this listing; its strings are kept for the next
  std::size_t count_ = 0;           // how many of found_ are of this listing
};

}  // namespace serverpulse::exporter
