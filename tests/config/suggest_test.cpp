// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace serverpulse::config {
namespace {

constexpr std::array<std::string_view, 4> kKnown{"listen_address", "cert_file", "key_file", "job"};

TEST(Suggestion, CountsInsertionsRemovalsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("", "", 3), 0U);
  EXPECT_EQ(edit_distance("abc", "abc", 3), 0U);
  EXPECT_EQ(edit_distance("abc", "abxc", 3), 1U);
  EXPECT_EQ(edit_distance("abc", "ac", 3), 1U);
  EXPECT_EQ(edit_distance("abc", "abd", 3), 1U);
  EXPECT_EQ(edit_distance("abc", "acb", 3), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting", 3), 3U);
  EXPECT_EQ(edit_distance("", "abc", 3), 3U);
}

TEST(Suggestion, StopsCountingAtTheBound) {
  EXPECT_EQ(edit_distance("aaaa", "bbbb", 2), 3U);
  EXPECT_EQ(edit_distance("a", "aaaaaaaa", 2), 3U);
}

TEST(Suggestion, NamesTheNearest) {
  EXPECT_EQ(nearest("lisen_adress", kKnown), "listen_address");
  EXPECT_EQ(nearest("cret_file", kKnown), "cert_file");
  EXPECT_EQ(nearest("jop", kKnown), "job");
}

TEST(Suggestion, DoesNotGuessAtShortNames) {
  EXPECT_EQ(nearest("bob", kKnown), "job");
  EXPECT_EQ(nearest("bib", kKnown), "");
  EXPECT_EQ(nearest("", kKnown), "");
}

TEST(Suggestion, ListsWhatIsKnownWhenNothingIsNear) {
  EXPECT_EQ(suggestion("zebra", kKnown), "; known here: listen_address, cert_file, key_file, job");
  EXPECT_EQ(suggestion("zebra", {}), "");
}

TEST(Suggestion, TheListIsBounded) {
  const std::vector<std::string_view> many(20, "nnnnnn");
  const auto text = suggestion("zebra", many);
  EXPECT_EQ(std::count(text.begin(), text.end(), ','), 12);
  EXPECT_TRUE(text.ends_with(", …"));
}

}  // namespace
}  // namespace serverpulse::config
