// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Label values are UTF-8, while names of files, mounts and devices are any bytes at all. RFC 3629.
#pragma once

#include <string>
#include <string_view>

namespace serverpulse::exporter {

/// Makes `to` equal `text` with each run of bytes that are not UTF-8 replaced by one U+FFFD.
/// Allocates only when `to` has no room.
void assign_utf8(std::string& to, std::string_view text);

}  // namespace serverpulse::exporter
