// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/remembering_filter.h"

#include <gtest/gtest.h>

namespace serverpulse::exporter {
namespace {

TEST(RememberingFilter, AnswersAsTheFilterDoes) {
  RememberingFilter filter(*DeviceFilter::make("", "^veth"));
  for (int scrape = 0; scrape < 3; ++scrape) {
    EXPECT_TRUE(filter.ignores("veth1"));
    EXPECT_FALSE(filter.ignores("eth0"));
    filter.end_scrape();
  }
}

TEST(RememberingFilter, ForgetsNamesThatAreGone) {
  RememberingFilter filter(*DeviceFilter::make("", "^veth"));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(filter.ignores("eth0"));
    EXPECT_TRUE(filter.ignores("veth" + std::to_string(i)));
    filter.end_scrape();
    EXPECT_EQ(filter.size(), 2U);
  }
}

TEST(RememberingFilter, CountsANameAskedTwiceOnce) {
  RememberingFilter filter(*DeviceFilter::make("", "^veth"));
  EXPECT_FALSE(filter.ignores("eth0"));
  EXPECT_FALSE(filter.ignores("eth1"));
  filter.end_scrape();
  EXPECT_FALSE(filter.ignores("eth0"));
  EXPECT_FALSE(filter.ignores("eth0"));
  filter.end_scrape();
  EXPECT_EQ(filter.size(), 1U);
}

}  // namespace
}  // namespace serverpulse::exporter
