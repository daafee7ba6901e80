// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Command: the program from its command line: verbs, --help, --version, check-config, serve.
#pragma once

#include <span>
#include <string_view>

namespace serverpulse::exporter {

/// `arguments` without the program's name. Returns the exit status: 0; 1 when it could not serve
/// or the configuration is wrong. Takes over SIGHUP, SIGTERM, SIGINT when it serves.
int run_command(std::span<const std::string_view> arguments);

}  // namespace serverpulse::exporter
