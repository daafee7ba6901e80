// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/rate_limit.h"

#include <algorithm>

namespace serverpulse::http {

void RateLimiter::set(const RateLimit& limit) {
  const std::lock_guard lock(mutex_);
  limit_ = limit;
  full_at_ = std::chrono::nanoseconds::min();
}

bool RateLimiter::allow(std::chrono::nanoseconds now) {
  const std::lock_guard lock(mutex_);
  if (limit_.interval.count() == 0) return true;
  if (limit_.burst == 0) return false;
  const auto full_at = std::max(full_at_, now);
  // Tokens missing, rounded up; written as a division so that no product can overflow.
  const auto wait = (full_at - now).count();
  const auto interval = limit_.interval.count();
  const auto missing = wait / interval + (wait % interval == 0 ? 0 : 1);
  if (missing >= limit_.burst) return false;
  if (full_at > std::chrono::nanoseconds::max() - limit_.interval) return false;
  full_at_ = full_at + limit_.interval;
  return true;
}

}  // namespace serverpulse::http
