// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// A token bucket over all requests, which starts full. Source: rate_limit of the exporter-toolkit
// (golang.org/x/time/rate). Kept as the one moment at which the bucket would be full again, so
// there is nothing to refill.
#pragma once

#include <chrono>
#include <mutex>

#include "http/web_config.h"

namespace serverpulse::http {

/// Thread rule: any thread.
class RateLimiter {
 public:
  RateLimiter() = default;
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  /// A full bucket. An interval of 0 allows all; a burst of 0 none.
  void set(const RateLimit& limit);
  /// Takes a token if there is one. `now`: a steady clock's.
  [[nodiscard]] bool allow(std::chrono::nanoseconds now);

 private:
  std::mutex mutex_;
  RateLimit limit_;
  std::chrono::nanoseconds full_at_ = std::chrono::nanoseconds::min();
};

}  // namespace serverpulse::http
