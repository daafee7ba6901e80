// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// FamilyBuilder: gathers the lines of a text exposition into families, as the format wants it:
// `foo_sum`, `foo_count` and `foo_bucket` belong to `foo` once it was declared a histogram or
// summary, and the lines of one set of labels are one sample there. What surprises: a line of
// such a family that is none of these and has no bound still makes a sample, an empty one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "metrics/stored.h"

namespace serverpulse::metrics {

/// "want <what>, found <excerpt>".
[[nodiscard]] tl::unexpected<Error> wanted(std::string_view what, std::string_view found);

class FamilyBuilder {
 public:
  explicit FamilyBuilder(std::size_t max_samples) : max_samples_(max_samples) {}

  /// Makes the family that a line's `name` belongs to current; a new one if there is none.
  Status select(const std::string& name);

  // The rest REQUIRES a select() that succeeded.

  [[nodiscard]] StoredFamily& family() { return families_[current_].family; }
  /// Whether the type is settled: declared, or samples were seen.
  [[nodiscard]] bool typed() const { return families_[current_].typed; }
  void set_type(Type type);
  /// `le` or `quantile` where that label is a bound of the current family; else empty.
  [[nodiscard]] std::string_view bound_label() const;
  Status add(std::vector<StoredLabel> labels, std::optional<double> bound, double value,
             std::optional<std::int64_t> timestamp_ms);

  /// The families that have samples, in order of first mention.
  [[nodiscard]] std::vector<StoredFamily> finish() &&;

 private:
  enum class Part : std::uint8_t { value, bucket, sum, count };
  struct Building {
    StoredFamily family;
    bool typed = false;
    std::unordered_map<std::string, std::size_t> by_labels;  // histograms and summaries
  };

  const Building* find(std::string_view name);
  StoredSample& sample_of(std::vector<StoredLabel> labels);
  Status set_part(StoredSample& sample, std::optional<double> bound, double value);

  std::size_t max_samples_;
  std::size_t samples_ = 0;
  std::vector<Building> families_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::size_t current_ = 0;
  Part part_ = Part::value;
};

}  // namespace serverpulse::metrics
