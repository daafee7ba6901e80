// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The control: what is right compiles with the same flags.
#include "metrics/sink.h"

namespace metrics = serverpulse::metrics;

constexpr auto kSeconds = metrics::counter("cpu_seconds_total", "Seconds.", "cpu", "mode");

void give(metrics::Sink& out) {
  auto rows = out.rows(kSeconds);
  rows.add({"0", "idle"}, 1);
}
