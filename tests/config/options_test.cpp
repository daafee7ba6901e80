// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/options.h"

#include <gtest/gtest.h>

namespace serverpulse::config {
namespace {

TEST(Bytes, AreReadInPowersOf1024) {
  EXPECT_EQ(*parse_bytes("0"), 0U);
  EXPECT_EQ(*parse_bytes("17"), 17U);
  EXPECT_EQ(*parse_bytes("17B"), 17U);
  EXPECT_EQ(*parse_bytes("2KiB"), 2048U);
  EXPECT_EQ(*parse_bytes("3TiB"), std::uint64_t{3} << 40U);
}

TEST(Bytes, AreRefusedWhenAmbiguousOrTooLarge) {
  for (const auto* text : {"", "MiB", "-1", "1.5GiB", "1MB", "1 MiB", "16777216TiB"}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
  }
}

}  // namespace
}  // namespace serverpulse::config
