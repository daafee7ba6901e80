// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Serving: sockets, signals and reloads around a Service, from the first listen to the last answer.
#pragma once

#include <functional>

#include "config/resolve.h"
#include "exporter/service.h"

namespace serverpulse::exporter {

/// Works the settings out anew, from the same flags and environment and the file as it is now.
using LoadSettings = std::function<config::Resolution()>;

/// Serves until SIGTERM or SIGINT, then ends the process with status 0; what is in flight has 4 s.
/// Returns only what kept it from serving. `logger` is the host's; a reload sets its level.
Status serve(const config::Settings& settings, const LoadSettings& load, const Host& host,
             log::Logger& logger);

}  // namespace serverpulse::exporter
