// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Parser of the Prometheus text exposition format 0.0.4, as strict as the one that node_exporter's
// textfile collector uses, so that a file is refused here exactly when it is refused there. What
// surprises: the last line needs its line end; blanks after a value are an error (a timestamp is
// wanted); TYPE may come once and before the samples; `foo_count` belongs to `foo` when foo was
// declared a summary or histogram before; duplicate samples pass (whoever merges must look).
// A metric name may stand in the braces: {"name",label="value"}.
// https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/stored.h"

namespace serverpulse::metrics {

/// What one exposition may cost. A stored sample takes about 200 bytes and its strings.
struct ParseLimits {
  std::size_t max_bytes = std::size_t{16} << 20;
  std::size_t max_samples = 1'000'000;
};

/// The families in order of first mention; those without samples are left out. In histograms and
/// summaries the lines of one set of labels are one StoredSample (`le` and `quantile` are no
/// labels there, counts are clamped to 64 bits, buckets stay in the order of their lines). Types:
/// counter, gauge, summary, histogram, unknown ("untyped", or none declared).
/// Errors: "line 3: want …, found …"; nothing of a refused exposition is kept.
[[nodiscard]] Result<std::vector<StoredFamily>> parse_text(std::string_view text,
                                                           const ParseLimits& limits = {});

}  // namespace serverpulse::metrics
