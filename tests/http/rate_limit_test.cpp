// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/rate_limit.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/clock.h"

namespace serverpulse::http {
namespace {

using namespace std::chrono_literals;

TEST(RateLimiter, WithoutALimitAllPass) {
  RateLimiter limiter;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limiter.allow(0ns));
}

TEST(RateLimiter, StartsFullAndRefillsOneAnInterval) {
  ManualClock clock;
  RateLimiter limiter;
  limiter.set({1s, 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.allow(clock.steady()));
  EXPECT_FALSE(limiter.allow(clock.steady()));
  clock.advance(999ms);
  EXPECT_FALSE(limiter.allow(clock.steady()));
  clock.advance(1ms);
  EXPECT_TRUE(limiter.allow(clock.steady()));
  EXPECT_FALSE(limiter.allow(clock.steady()));
}

TEST(RateLimiter, HoldsNoMoreThanItsBurst) {
  ManualClock clock;
  RateLimiter limiter;
  limiter.set({1s, 2});
  clock.advance(1h);
  EXPECT_TRUE(limiter.allow(clock.steady()));
  EXPECT_TRUE(limiter.allow(clock.steady()));
  EXPECT_FALSE(limiter.allow(clock.steady()));
}

TEST(RateLimiter, ABurstOfZeroLetsNothingPass) {
  RateLimiter limiter;
  limiter.set({1s, 0});
  EXPECT_FALSE(limiter.allow(0ns));
  EXPECT_FALSE(limiter.allow(24h));
}

// As many pass in any time as the burst and what the time refills.
RC_GTEST_PROP(RateLimiterProperty, NeverLetsMorePassThanTheBucketHolds, ()) {
  const auto interval = std::chrono::nanoseconds(*rc::gen::inRange<std::int64_t>(1, 1'000'000));
  const auto burst = *rc::gen::inRange<std::int64_t>(1, 20);
  const auto steps =
      *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 2'000'000));
  RateLimiter limiter;
  limiter.set({interval, burst});
  std::chrono::nanoseconds now{0};
  std::int64_t passed = 0;
  for (const auto step : steps) {
    now += std::chrono::nanoseconds(step);
    if (limiter.allow(now)) ++passed;
    RC_ASSERT(passed <= burst + now / interval);
  }
}

}  // namespace
}  // namespace serverpulse::http
