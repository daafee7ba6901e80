// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Counts how often this thread calls operator new (not what C libraries get from malloc). Linking
// the target allocation_counter into a test program replaces operator new there.
//
//   const AllocationCounter counter;
//   encode(families);
//   EXPECT_EQ(counter.count(), 0);
#pragma once

#include <cstdint>

namespace serverpulse::testing_support {

class AllocationCounter {
 public:
  AllocationCounter();
  /// Calls of operator new by this thread since construction.
  [[nodiscard]] std::uint64_t count() const;

 private:
  std::uint64_t before_;
};

}  // namespace serverpulse::testing_support
