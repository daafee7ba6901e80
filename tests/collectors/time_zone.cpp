// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The goldens of `time` bear a zone's name and offset, so this program's own is set before any
// test runs: five and a half hours east of Greenwich, an offset that is not a whole hour.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace {

class TimeZone final : public testing::Environment {
 public:
  void SetUp() override {
    ASSERT_EQ(::setenv("TZ", "IST-5:30", 1), 0);
    ::tzset();
  }
};

const auto* const kTimeZone = testing::AddGlobalTestEnvironment(new TimeZone);

}  // namespace
