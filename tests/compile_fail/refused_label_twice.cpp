// SPDX-License-Identifier: LicenseRef-ServerPulse
// want: label names are sorted and differ
#include "metrics/sink.h"

namespace metrics = serverpulse::metrics;

constexpr auto kSeconds = metrics::counter("cpu_seconds_total", "Seconds.", "cpu", "cpu");
