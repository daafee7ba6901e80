// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/exposition.h"

#include <algorithm>

namespace serverpulse::exporter {

void Exposition::start(std::string buffer) {
  bytes_ = std::move(buffer);
  bytes_.clear();
  bytes_.reserve(largest_ + largest_ / 8);
  names_.clear();
}

std::uint64_t Exposition::join(const metrics::Encoder& from) {
  const std::string_view bytes = from.bytes();
  std::uint64_t repeated = 0;
  std::size_t begin = 0;  // of the families not yet copied
  for (const auto& mark : from.marks()) {
    if (names_.insert(mark.name_hash)) continue;
    ++repeated;
    bytes_ += bytes.substr(begin, mark.begin - begin);
    begin = mark.end;
  }
  bytes_ += bytes.substr(begin);
  return repeated;
}

std::string Exposition::take() {
  largest_ = std::max(largest_, bytes_.size());
  return std::exchange(bytes_, {});
}

}  // namespace serverpulse::exporter
