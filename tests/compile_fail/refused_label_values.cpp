// SPDX-License-Identifier: LicenseRef-ServerPulse
// want: one value for each label name
#include "metrics/sink.h"

namespace metrics = serverpulse::metrics;

constexpr auto kSeconds = metrics::counter("cpu_seconds_total", "Seconds.", "cpu", "mode");

void give(metrics::Sink& out) {
  auto rows = out.rows(kSeconds);
  rows.add({"0"}, 1);
}
