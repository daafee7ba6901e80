// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// PromMerge: the metrics of several files as one exposition, in which a name has one HELP, one
// type and one set of label names. The rules are node_exporter's, of its textfile collector and
// then of the registry behind it, files taken in order:
//
// - A HELP that differs from an earlier file's is a conflict: that file's family is left out.
// - Families without a HELP get "Metric read from <every file that has the name>".
// - Of families that differ in type, or in a HELP after that, the first counts.
// - A name that is another histogram's or summary's _sum, _count or _bucket is left out.
// - Of samples with equal labels the first counts. A label that a sample lacks is empty.
//
// The parts stay as they are; this is a view of them, with the rows laid out for a Sink.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "metrics/stored.h"

namespace serverpulse::exporter {

/// Thread rule: one thread at a time.
class PromMerge {
 public:
  struct Part {
    std::string_view path;
    std::span<const metrics::StoredFamily> families;
  };

  /// Families of these names are left out: they are the collector's own.
  explicit PromMerge(std::vector<std::string_view> reserved) : reserved_(std::move(reserved)) {}

  /// REQUIRES: what `parts` point to outlives the next rebuild().
  void rebuild(std::span<const Part> parts);

  /// Allocates nothing beyond what the sink does.
  void emit(metrics::Sink& out) const;

  /// Whether a HELP differed from an earlier file's.
  [[nodiscard]] bool help_conflict() const { return help_conflict_; }
  /// What was left out and why, a sentence each; at most 20.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  // What is known of a name from the HELP lines alone.
  struct Name {
    std::optional<std::string_view> help;
    bool conflict = false;
    std::vector<std::string_view> paths;
    std::string made_up_help;
  };
  struct Row {
    const metrics::StoredSample* sample;
    std::size_t begin = 0;  // in buckets or quantiles
    std::size_t end = 0;
  };
  struct Merged {
    std::string help;
    metrics::Type type;
    std::optional<metrics::NamedFamily> family;
    std::vector<Row> rows;
    std::vector<std::string_view> values;  // of every row's labels, one row after another
    std::vector<metrics::Bucket> buckets;
    std::vector<metrics::Quantile> quantiles;
    std::unordered_set<std::string> series;  // while merging
  };
  struct Accepted {
    const metrics::StoredFamily* family;
    std::string_view path;
  };

  void accept(const metrics::StoredFamily& family, std::string_view path);
  void join(const Accepted& accepted);
  std::string_view help_of(const metrics::StoredFamily& family);
  [[nodiscard]] bool collides(const metrics::StoredFamily& family) const;
  static void add_rows(Merged& merged, const metrics::StoredFamily& family);
  static void finish(std::string_view name, Merged& merged);
  void left_out(std::string_view name, std::string_view path, std::string_view why);

  std::vector<std::string_view> reserved_;
  std::unordered_map<std::string_view, Name> names_;
  std::vector<Accepted> accepted_;
  std::vector<Merged> merged_;
  std::unordered_map<std::string_view, std::size_t> by_name_;  // of merged_
  bool help_conflict_ = false;
  std::vector<std::string> problems_;
};

}  // namespace serverpulse::exporter
