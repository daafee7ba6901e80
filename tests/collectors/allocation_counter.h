// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Counts the calls of operator new in this test program, by replacing it (C++20,
// [replacement.functions]): all threads together, while counting is on.
#pragma once

#include <cstddef>

namespace serverpulse {

/// Counts from its construction on. One at a time.
class AllocationCounter {
 public:
  AllocationCounter();
  ~AllocationCounter();
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;

  [[nodiscard]] std::size_t count() const;

  /// While one lives, this thread's allocations do not count.
  class Pause {
   public:
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
  };
};

}  // namespace serverpulse
