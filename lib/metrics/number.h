// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// How numbers are spelt. Values: the shortest decimal that reads back as the same double. Bounds
// (`le`, `quantile`) are part of a series' identity, so they have one spelling in every format:
// OpenMetrics' canonical one, which Prometheus 3 also stores whatever the format it scraped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace serverpulse::metrics {

/// Appends a sample value: 42, 0.1, 1e+100, NaN, +Inf, -Inf.
void append_value(std::string& out, double value);

/// Appends a bound: 1.0, 0.005, 1e+06, +Inf (Go's %g, with ".0" where it would look whole).
void append_bound(std::string& out, double bound);

/// Reads a value or bound as Go's strconv.ParseFloat does, but decimal only: infinities in any case
/// with or without a sign, NaN without one, no underscores. Too large: none; too small: 0.
[[nodiscard]] std::optional<double> parse_value(std::string_view text);

}  // namespace serverpulse::metrics
