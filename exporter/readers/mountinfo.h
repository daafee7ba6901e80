// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// A line of /proc/<pid>/mountinfo, proc_pid_mountinfo(5):
//
//   36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//
// Six fields, any number of optional ones, a lone "-", three more. Fields are parted by exactly one
// space, since a source may be empty; white space within a field is written in octal (\040).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace serverpulse::exporter {

/// Views into the line, as the kernel wrote them.
struct MountLine {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::string_view mount_point;
  std::string_view options;  ///< Of this mount.
  std::string_view type;
  std::string_view source;
  std::string_view super_options;  ///< Of the file system, which may be mounted in many places.
};

/// False: the line is not of that form.
[[nodiscard]] bool parse_mount_line(std::string_view line, MountLine& out);

/// Whether either list has the word "ro", or the file system "emergency_ro": what ext4 says since
/// Linux 6.13 when it stopped writing after an error (before, it set "ro").
[[nodiscard]] bool is_read_only(const MountLine& mount);

/// The bytes behind the kernel's octal escapes.
[[nodiscard]] std::string unescape_mount(std::string_view text);

}  // namespace serverpulse::exporter
