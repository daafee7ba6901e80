// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/os_release.h"

#include <gtest/gtest.h>

namespace serverpulse::exporter {
namespace {

std::string unquoted(std::string_view raw) {
  std::string out;
  const auto done = unquote(raw, out);
  return done ? out : "error: " + done.error().message;
}

TEST(Unquote, TakesABareWordAsItIs) {
  EXPECT_EQ(unquoted("debian"), "debian");
}
TEST(Unquote, RemovesQuotesOfBothKinds) {
  EXPECT_EQ(unquoted("\"a b\"'c d'e"), "a bc de");
}
TEST(Unquote, UndoesABackslashInDoubleQuotesOnly) {
  EXPECT_EQ(unquoted(R"("a\"\\\$")"), "a\"\\$");
  EXPECT_EQ(unquoted(R"('a\"')"), R"(a\")");
}
TEST(Unquote, EndsAtACommentAndDropsTheBlanksBeforeIt) {
  EXPECT_EQ(unquoted("a b \t # c"), "a b");
}
TEST(Unquote, KeepsBlanksAndNumberSignsThatAreQuoted) {
  EXPECT_EQ(unquoted("'# a '"), "# a ");
}
TEST(Unquote, RefusesAQuoteThatIsNotClosed) {
  EXPECT_EQ(unquoted("'a"), "error: want a closing quote, found \"'a\"");
  EXPECT_EQ(unquoted("\"a\\"), "error: want a closing quote, found \"\\\"a\\\\\"");
}

TEST(OsRelease, TakesTheLastOfAVariableThatIsSetTwice) {
  OsRelease release;
  ASSERT_TRUE(release.parse("ID=a\nID=b\n", "f"));
  EXPECT_EQ(release["ID"], "b");
}

TEST(OsRelease, ForgetsTheFileBefore) {
  OsRelease release;
  ASSERT_TRUE(release.parse("ID=a\nNAME=n\n", "f"));
  ASSERT_TRUE(release.parse("ID=b\n", "f"));
  EXPECT_EQ(release["NAME"], "");
}

TEST(OsRelease, RefusesMoreVariablesThanItsLimit) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "K" + std::to_string(i) + "=v\n";
  OsRelease release;
  const auto done = release.parse(text, "f");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "f:257: want at most 256 variables, found more");
}

TEST(LeadingVersion, IsMajorAndMinorOnly) {
  EXPECT_EQ(leading_version("20.04.2"), 20.04);
  EXPECT_EQ(leading_version("12"), 12);
  EXPECT_EQ(leading_version("12."), 12);
  EXPECT_EQ(leading_version("8.x"), 8);
}

TEST(LeadingVersion, IsZeroWithoutDigitsInFront) {
  EXPECT_EQ(leading_version(""), 0);
  EXPECT_EQ(leading_version("rolling 7"), 0);
  EXPECT_EQ(leading_version(".5"), 0);
}

TEST(MidnightOf, IsUnixTimeOfTheDaysBegin) {
  EXPECT_EQ(midnight_of("1970-01-01"), 0);
  EXPECT_EQ(midnight_of("2024-02-29"), 1709164800);
}

TEST(MidnightOf, RefusesWhatIsNoDay) {
  for (const auto* day :
       {"", "2023-02-29", "2023-13-01", "2023-1-01", "2023-01-0x", "20230-01-1"}) {
    EXPECT_FALSE(midnight_of(day)) << day;
  }
}

}  // namespace
}  // namespace serverpulse::exporter
