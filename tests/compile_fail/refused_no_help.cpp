// SPDX-License-Identifier: LicenseRef-ServerPulse
// want: a metric needs a HELP text
#include "metrics/sink.h"

namespace metrics = serverpulse::metrics;

constexpr auto kLoad = metrics::gauge("node_load1", "");
