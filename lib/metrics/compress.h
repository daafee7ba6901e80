// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Compressor: gzip (RFC 1952) by libdeflate and zstd (RFC 8878) by libzstd, whole bodies at a time.
// The libraries' state and the output buffer are kept, so that the next body of the same size
// allocates nothing. Level 1 of both: levels above cost up to ten times the CPU for a tenth less
// (figures in docs/decisions/0001-streaming-sink.md), and a scrape is compressed every few seconds
// for a network that hardly notices.
#pragma once

#include <memory>
#include <string_view>

#include "metrics/negotiate.h"

namespace serverpulse::metrics {

/// Thread rule: one thread at a time.
class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  /// `body` in that coding, valid until the next call (for identity: `body` itself). Empty when
  /// there is no memory for it, which no coding otherwise answers.
  [[nodiscard]] std::string_view compress(Coding coding, std::string_view body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace serverpulse::metrics
