// SPDX-License-Identifier: LicenseRef-ServerPulse
// want: a label name is [a-zA-Z_][a-zA-Z0-9_]*
#include "metrics/sink.h"

namespace metrics = serverpulse::metrics;

constexpr auto kSize = metrics::gauge("size_bytes", "Size.", "mount-point");
