// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// RapidCheck generators of whole families: any type, any label values that are UTF-8 (escapes and
// empty ones often), any doubles (specials often), histograms and summaries with exemplars.
#pragma once

#include <rapidcheck.h>

#include <vector>

#include "metrics/stored.h"

namespace serverpulse::metrics_test {

/// Any bit pattern as a double, NaN, infinities, -0 and the smallest included.
[[nodiscard]] rc::Gen<double> any_double();

/// Families with different names, that respect the rules of Sink, without equal series.
[[nodiscard]] rc::Gen<std::vector<metrics::StoredFamily>> any_families();

}  // namespace serverpulse::metrics_test
