// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// MountTable: the mounts of a mountinfo file that a user wants to see, as node_exporter labels
// them, each once, and which of them statfs(2) may block on: all but those that live in memory
// alone, and also those on a path that leads through a mount of a server or a daemon (looking the
// path up may ask it, too).
// node_exporter's labels keep the kernel's octal escapes but for the space and the tab.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/pattern.h"
#include "base/result.h"
#include "exporter/readers/mountinfo.h"

namespace serverpulse::exporter {

struct Mount {
  std::string device;       ///< Label values are UTF-8.
  std::string mount_point;  ///< As the host names it, without --path.rootfs.
  std::string type;
  std::string major;
  std::string minor;
  std::string path;  ///< For statfs(2): below the root folder, the bytes themselves.
  bool read_only = false;
  bool first_info = false;  ///< No other has the same device, numbers and mount point before it.
  bool may_block = false;
};

/// Thread rule: one thread at a time.
class MountTable {
 public:
  /// `root` is where the host's root is mounted. Filters are for mount points and for types.
  MountTable(std::string root, DeviceFilter points, DeviceFilter types);

  /// Takes a new text; one that equals the last costs a comparison. Answers whether the mounts may
  /// have changed. Errors name `where` and the line; then there are no mounts.
  Result<bool> update(std::string_view text, std::string_view where);

  /// No two have the same device, type and mount point.
  [[nodiscard]] const std::vector<Mount>& mounts() const { return mounts_; }

 private:
  Status parse(std::string_view text, std::string_view where);
  [[nodiscard]] Mount make(const MountLine& line) const;
  [[nodiscard]] std::string inside_root(std::string path) const;

  std::string root_;  // without a slash at its end; empty for "/"
  DeviceFilter points_;
  DeviceFilter types_;
  std::string text_;  // of which mounts_ are made
  std::vector<Mount> mounts_;
};

}  // namespace serverpulse::exporter
