// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "base/fields.h"

#include <gtest/gtest.h>

#include <vector>

namespace serverpulse {
namespace {

TEST(Fields, WalksWordsSeparatedByRunsOfWhiteSpace) {
  Fields fields("  a \t bb\tc\n");
  EXPECT_EQ(fields.word(), "a");
  EXPECT_EQ(fields.word(), "bb");
  EXPECT_EQ(fields.word(), "c");
  EXPECT_TRUE(fields.ok());
  EXPECT_EQ(fields.word(), "");
  EXPECT_FALSE(fields.ok());
}

TEST(Fields, StaysNotOkAfterAMalformedNumber) {
  Fields fields("1 x 3");
  EXPECT_EQ(fields.next<int>(), 1);
  EXPECT_EQ(fields.next<int>(), 0);
  EXPECT_FALSE(fields.ok());
}

TEST(Fields, KeepsEmptyFieldsBetweenSeparators) {
  Fields fields("a,,b", ',');
  EXPECT_EQ(fields.word(), "a");
  EXPECT_EQ(fields.word(), "");
  EXPECT_EQ(fields.word(), "b");
  EXPECT_TRUE(fields.ok());
  EXPECT_FALSE(fields.more());
}

TEST(Lines, HasNoEmptyLastLine) {
  std::vector<std::string_view> lines;
  for (const auto line : Lines("one\n\ntwo\n")) lines.push_back(line);
  EXPECT_EQ(lines, (std::vector<std::string_view>{"one", "", "two"}));
}

TEST(Excerpt, EscapesAndBounds) {
  EXPECT_EQ(excerpt("a\"b\n\x01"), "\"a\\\"b\\n\\x01\"");
  EXPECT_EQ(excerpt(std::string(100, 'x')), "\"" + std::string(64, 'x') + "\"…");
}

}  // namespace
}  // namespace serverpulse
