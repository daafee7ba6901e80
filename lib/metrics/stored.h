// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Families that own their strings, for what cannot be streamed: an exposition that was parsed, the
// answer of a foreign Collectable, a recording to compare with. The path from collector to bytes
// never builds one. Here each sample bears its own labels, in any order; emit() makes them the
// uniform rows that a Sink wants.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "metrics/sink.h"

namespace serverpulse::metrics {

struct StoredLabel {
  std::string name;
  std::string value;
  auto operator<=>(const StoredLabel&) const = default;
};

struct StoredExemplar {
  std::vector<StoredLabel> labels;
  double value = 0;
  double timestamp_seconds = 0;  ///< Unix time; 0: unknown.
};

struct StoredBucket {
  double upper_bound = 0;
  std::uint64_t cumulative_count = 0;
  std::optional<StoredExemplar> exemplar;
};

/// One sample; of a histogram or summary, all that belongs to one set of labels (which then do not
/// name `le` or `quantile`).
struct StoredSample {
  std::vector<StoredLabel> labels;
  double value = 0;                          ///< Not of histograms and summaries.
  std::optional<std::int64_t> timestamp_ms;  ///< Unix time.
  double created_seconds = 0;                ///< Unix time; 0: unknown.
  std::optional<StoredExemplar> exemplar;
  std::vector<StoredBucket> buckets;  ///< Histograms.
  std::vector<Quantile> quantiles;    ///< Summaries.
  double sum = 0;
  std::uint64_t count = 0;
};

struct StoredFamily {
  std::string name;
  std::optional<std::string> help;  ///< None: not said, which differs from empty when merging.
  Type type = Type::unknown;
  std::string unit;
  std::vector<StoredSample> samples;
};

/// Gives the family to the sink. Its label names are the sorted union of those of its samples; a
/// label that a sample lacks is empty. Of two equal names in a sample the first wins. A family
/// without samples gives nothing. A timestamp of 0 is lost (SampleDetail cannot say it).
void emit(const StoredFamily& family, Sink& sink);

}  // namespace serverpulse::metrics
