// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Exposition: the answer to one scrape as it grows, put together from what each collector wrote. A
// family that another collector has already given (a textfile that repeats one) is left out, since
// an exposition that holds a name twice is refused whole.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "exporter/name_set.h"
#include "metrics/encoder.h"

namespace serverpulse::exporter {

/// Thread rule: one thread at a time.
class Exposition {
 public:
  /// Begins a new one in `buffer`, with room for as much as the largest one had.
  void start(std::string buffer);
  /// Appends the families of `from` that are new. Returns how many were not.
  std::uint64_t join(const metrics::Encoder& from);
  void append(std::string_view bytes) { bytes_ += bytes; }
  /// Hands the bytes over.
  [[nodiscard]] std::string take();

 private:
  std::string bytes_;
  NameSet names_;
  std::size_t largest_ = 0;
};

}  // namespace serverpulse::exporter
