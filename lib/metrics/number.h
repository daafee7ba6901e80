// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// How numbers are spelt. Values: the shortest decimal that reads back as the same double. Bounds
// (`le`, `quantile`) are part of a series' identity, so they have one spelling in every format:
// OpenMetrics' canonical one, which Prometheus 3 also stores whatever the format it scraped.
#pragma once

#include <string>

namespace serverpulse::metrics {

/// Appends a sample value: 42, 0.1, 1e+100, NaN, +Inf, -Inf.
void append_value(std::string& out, double value);

/// Appends a bound: 1.0, 0.005, 1e+06, +Inf (Go's %g, with ".0" where it would look whole).
void append_bound(std::string& out, double bound);

}  // namespace serverpulse::metrics
