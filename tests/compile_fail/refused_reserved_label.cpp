// SPDX-License-Identifier: LicenseRef-ServerPulse
// want: label names that begin with __ are reserved
#include "metrics/sink.h"

namespace metrics = serverpulse::metrics;

constexpr auto kSize = metrics::gauge("size_bytes", "Size.", "__device");
