// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// NamedRows: files such as /proc/meminfo and /proc/vmstat name their values themselves, a line
// each, and every line becomes a metric family of its own. What follows from a name (the family,
// whether a user wants it) is worked out once and kept for as long as the line stands at the same
// place, which is until the kernel is rebooted: a scrape compares names and makes nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/family.h"
#include "metrics/sink.h"

namespace serverpulse::exporter {

/// Thread rule: one thread at a time.
class NamedRows {
 public:
  static constexpr std::size_t kMost = 2048;  ///< Ten times what Linux has.

  /// Begins a scrape; values of the last one are forgotten, names are not.
  void start() { used_ = 0; }

  /// The next line. `make(name)` gives a std::optional<metrics::NamedFamily>, nothing for a line
  /// that is not wanted; it is asked when the line is not the one that stood here last time. Of
  /// lines that lead to one family the first counts. False: there are kMost lines already.
  template <class Make>
  [[nodiscard]] bool add(std::string_view name, double value, Make make) {
    if (used_ == kMost) return false;
    if (used_ == rows_.size() || rows_[used_].name != name) {
      rows_.resize(used_);
      rows_.push_back({std::string(name), first_of_its_name(make(name)), 0});
    }
    rows_[used_++].value = value;
    return true;
  }

  /// Every wanted line of this scrape as a family of one sample.
  void emit(metrics::Sink& out) const;

 private:
  struct Row {
    std::string name;
    std::optional<metrics::NamedFamily> family;
    double value = 0;
  };
  // Nothing when an earlier row has a family of that name: one exposition holds a name once.
  [[nodiscard]] std::optional<metrics::NamedFamily> first_of_its_name(
      std::optional<metrics::NamedFamily> family) const;

  std::vector<Row> rows_;
  std::size_t used_ = 0;
};

/// Appends `name` with '_' for every character that a metric name cannot hold.
void append_metric_name(std::string& out, std::string_view name);

}  // namespace serverpulse::exporter
