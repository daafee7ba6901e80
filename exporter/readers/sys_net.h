// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The folder /sys/class/net and the attribute files below it (sysfs(5),
// Documentation/ABI/testing/sysfs-class-net). A read answers text or an errno, not an Error: that
// `speed` says EINVAL for every interface without a speed is the rule, not a mistake, and must
// cost nothing. The folder shows the network namespace of whoever mounted sysfs, which is not
// always the one that this program runs in.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace serverpulse::exporter {

/// What an attribute file says, without white space around it.
struct SysText {
  std::string_view text;
  int error = 0;  ///< errno; 0: read.
};

/// Reads from the start of an open attribute. `text` points into `buffer`.
[[nodiscard]] SysText read_attribute(const Fd& file, std::span<char> buffer);

/// Opens, reads and closes `name` below the open folder.
[[nodiscard]] SysText read_attribute(const Fd& folder, const char* name, std::span<char> buffer);

/// Whether an attribute that answers this errno is one that the interface does not have: there is
/// no such file, it may not be read, or it means nothing for this interface now.
[[nodiscard]] bool attribute_absent(int error);

/// Whether it means that the interface is gone.
[[nodiscard]] bool device_gone(int error);

/// Thread rule: one thread at a time.
class SysNet {
 public:
  /// `sys` is the root of sysfs.
  explicit SysNet(const std::string& sys) : path_(sys + "/class/net") {}

  /// Reads the names of all interfaces. errno; 0: done. The folder stays open.
  [[nodiscard]] int list();

  /// What the last list() found, sorted; valid until the next one. Empty when it failed.
  [[nodiscard]] std::span<const std::string_view> names() const { return names_; }

  /// The folder of one interface; not open, with errno set, where list() did not find one.
  [[nodiscard]] Fd open(std::string_view name) const;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  int fill();

  std::string path_;
  Fd folder_;
  std::string entries_;  // as getdents64(2) answers them
  std::vector<std::string_view> names_;
};

}  // namespace serverpulse::exporter
