// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Files that an operator replaces under a running program (certificates, configuration): reading
// one whole, and noticing by stat(2) that one is another now. Links are followed, so a Kubernetes
// secret (a link to a folder that is swapped) is noticed by its inode.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"

namespace serverpulse::http {

/// The whole file. Errors name the path: not there, not readable, larger than `limit` bytes, a
/// pipe with nothing in it (never waits).
Result<std::string> read_whole(const std::string& path, std::size_t limit);

/// What stat(2) says of the files: equal texts mean that none was changed, replaced, removed or
/// made. Never fails: what is missing is told apart from what is there.
[[nodiscard]] std::string fingerprint(const std::vector<std::string>& paths);

/// When one of the files was last written to, since the epoch; 0 when none is there. A file written
/// a moment ago may still be half of what it is to be.
[[nodiscard]] std::chrono::nanoseconds last_written(const std::vector<std::string>& paths);

}  // namespace serverpulse::http
