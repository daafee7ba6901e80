// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The kernel's list format for sets of CPUs, as in /sys/devices/system/cpu/online: "0-3,8,10-11",
// nothing for the empty set. Documentation/admin-guide/kernel-parameters.rst, "cpu lists".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace serverpulse::exporter {

/// The numbers in the order of the list. `where` names the file for the error. A number above
/// 65535 is an error, which bounds what a malformed list can make us allocate.
[[nodiscard]] Result<std::vector<std::uint32_t>> parse_cpu_list(std::string_view text,
                                                                std::string_view where);

}  // namespace serverpulse::exporter
