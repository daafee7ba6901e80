// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What serverpulse-exporter can be told: its own options, to which every collector adds its own.
// Names and defaults of node_exporter are kept where it has the option, so that its service files
// work unchanged. docs/configuration.md describes each of the program's own options, and a test
// holds it to that.
#pragma once

#include <span>

#include "config/flags.h"
#include "config/options.h"
#include "config/resolve.h"
#include "exporter/collector.h"
#include "log/log.h"

namespace serverpulse::exporter {

/// The program's own options.
[[nodiscard]] std::span<const config::Option> own_options();

/// The program's own and all collectors'. Built once; lives as long as the program.
[[nodiscard]] std::span<const config::Option> all_options();

/// The verbs: `serverpulse-exporter check-config …`.
[[nodiscard]] std::span<const config::Command> commands();

/// The text of --help.
[[nodiscard]] std::string help();

/// config::resolve() over all_options(), and what only this program can judge: ranges and paths.
[[nodiscard]] config::Resolution resolve_options(const config::Flags& flags,
                                                 const config::Environment& environment,
                                                 std::span<const config::Section> sections = {});

/// Sets host's four roots from path.procfs, path.sysfs, path.rootfs and path.udev.data.
void set_roots(Host& host, const config::Settings& settings);

/// log.level and log.format.
[[nodiscard]] log::Level log_level(const config::Settings& settings);
[[nodiscard]] log::Format log_format(const config::Settings& settings);

}  // namespace serverpulse::exporter
