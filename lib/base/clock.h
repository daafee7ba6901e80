// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Clock: abstract so that tests can set the time.
#pragma once

#include <chrono>

namespace serverpulse {

/// Thread rule: any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Since the Unix epoch, UTC; may step.
  [[nodiscard]] virtual std::chrono::nanoseconds wall() const = 0;
  /// Since some moment; never steps back (CLOCK_MONOTONIC).
  [[nodiscard]] virtual std::chrono::nanoseconds steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::nanoseconds wall() const override {
    return std::chrono::system_clock::now().time_since_epoch();
  }
  [[nodiscard]] std::chrono::nanoseconds steady() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
};

/// For tests: stands still until told otherwise.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::chrono::nanoseconds wall = std::chrono::seconds(1700000000))
      : wall_(wall) {}
  [[nodiscard]] std::chrono::nanoseconds wall() const override { return wall_; }
  [[nodiscard]] std::chrono::nanoseconds steady() const override { return steady_; }
  void advance(std::chrono::nanoseconds by) {
    wall_ += by;
    steady_ += by;
  }

 private:
  std::chrono::nanoseconds wall_;
  std::chrono::nanoseconds steady_{0};
};

}  // namespace serverpulse
