// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The bridge that lets a prometheus::Collectable of prometheus-cpp in. Foreign code may throw, name
// things as it pleases and give each sample other labels, and one bad family makes Prometheus
// refuse the whole scrape; so its answer is taken apart, checked and given on family by family, and
// a family that breaks a rule is left out whole. Rules:
// https://prometheus.io/docs/concepts/data_model/.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "metrics/sink.h"
#include "metrics/stored.h"

namespace prometheus {
class Collectable;
}

namespace serverpulse::metrics {

struct BridgeOutcome {
  std::uint64_t families = 0;  ///< Given on.
  std::uint64_t refused = 0;   ///< Left out; 1 when Collect() threw, which gives nothing at all.
  std::string first_reason;    ///< Of the first refusal: which family, what was wanted and found.
};

/// When the count of a series began, Unix seconds; 0: unknown. The library does not keep it. Labels
/// are sorted, without empty ones.
using CreatedAt =
    std::function<double(const std::string& name, const std::vector<StoredLabel>& labels)>;

/// Collects and gives on what is well formed. Never throws but for want of memory in the sink.
/// Refused: malformed or doubled names, labels that are reserved (`__…`, `le` of a histogram,
/// `quantile` of a summary), malformed or doubled in a sample, text that is not UTF-8, two samples
/// with equal labels, buckets that do not rise. Families without samples are nothing.
/// `created_at` may be empty. Thread rule: as the Collectable's.
BridgeOutcome bridge(const prometheus::Collectable& from, Sink& to,
                     const CreatedAt& created_at = {});

}  // namespace serverpulse::metrics
