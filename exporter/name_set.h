// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// NameSet: the hashes of the family names of one exposition, so that a family given twice (a
// textfile that repeats a collector's) is found at the cost of a look-up. Emptied in O(1), keeps
// its memory.
#pragma once

#include <cstdint>
#include <vector>

namespace serverpulse::exporter {

class NameSet {
 public:
  void clear() {
    ++generation_;
    size_ = 0;
  }

  /// Whether `hash` was not there yet.
  bool insert(std::uint64_t hash) {
    if ((size_ + 1) * 2 > cells_.size()) grow();
    for (std::size_t at = hash & (cells_.size() - 1);; at = (at + 1) & (cells_.size() - 1)) {
      Cell& cell = cells_[at];
      if (cell.generation != generation_) {
        cell = Cell{hash, generation_};
        ++size_;
        return true;
      }
      if (cell.hash == hash) return false;
    }
  }

 private:
  struct Cell {
    std::uint64_t hash = 0;
    std::uint64_t generation = 0;
  };

  void grow() {
    std::vector<Cell> old(cells_.empty() ? 512 : cells_.size() * 2);
    old.swap(cells_);
    size_ = 0;
    for (const auto& cell : old) {
      if (cell.generation == generation_) insert(cell.hash);
    }
  }

  std::vector<Cell> cells_;
  std::uint64_t generation_ = 1;
  std::size_t size_ = 0;
};

}  // namespace serverpulse::exporter
