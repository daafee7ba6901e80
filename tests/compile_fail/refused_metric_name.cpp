// SPDX-License-Identifier: LicenseRef-ServerPulse
// want: a metric name is [a-zA-Z_:][a-zA-Z0-9_:]*
#include "metrics/sink.h"

namespace metrics = serverpulse::metrics;

constexpr auto kLoad = metrics::gauge("node-load", "Load.");
