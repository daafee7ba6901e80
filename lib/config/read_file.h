// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// A configuration file's bytes. Only of a regular file: to open a FIFO nobody writes to waits for
// ever, and with it would the reload, and a device may have no end.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace serverpulse::config {

/// At most `most` bytes of the file. Errors name the path; kind unavailable when there is no such
/// file.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t most);

}  // namespace serverpulse::config
