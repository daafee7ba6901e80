// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "base/fields.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "base/utf8.h"

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

TEST(Excerpt, CutsNoCharacterAndEscapesWhatIsNotUtf8) {
  EXPECT_EQ(excerpt(std::string(63, 'x') + "é"), "\"" + std::string(63, 'x') + "\"…");
  EXPECT_EQ(excerpt(std::string(62, 'x') + "é"), "\"" + std::string(62, 'x') + "é\"");
  EXPECT_EQ(excerpt("a\xff\xc3"), "\"a\\xff\\xc3\"");
}

TEST(Excerpt, OfNothingIsTwoQuotes) {
  EXPECT_EQ(excerpt(""), "\"\"");
}

TEST(Trim, RemovesWhiteSpaceAtBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(ParseNumber, ReadsAWholeStringOnly) {
  EXPECT_EQ(parse_number<int>("-42"), -42);
  EXPECT_EQ(parse_number<unsigned>("ff", 16), 255U);
  EXPECT_EQ(parse_number<double>("+1.5e3"), 1500);
  EXPECT_EQ(parse_number<double>("inf"), std::numeric_limits<double>::infinity());
  for (const auto* text : {"", " 1", "1 ", "1x", "+1", "0x1", "--1", "9999999999"}) {
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << text;
  }
  for (const auto* text : {"", "+", "+ 1", "1.5x", "1e", "1e999"}) {
    EXPECT_EQ(parse_number<double>(text), std::nullopt) << text;
  }
}

TEST(ParseNumber, RefusesASignForAnUnsignedNumber) {
  EXPECT_EQ(parse_number<std::uint64_t>("-1"), std::nullopt);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551616"), std::nullopt);
}

TEST(Fields, SkipsAndKnowsTheRest) {
  Fields fields("a b  c d");
  EXPECT_EQ(fields.skip(2).rest(), "  c d");
  EXPECT_TRUE(fields.more());
  EXPECT_EQ(fields.word(), "c");
  EXPECT_TRUE(fields.skip(1).ok());
  EXPECT_FALSE(fields.more());
  EXPECT_FALSE(fields.skip(1).ok());
}

TEST(Fields, ReadsOtherBases) {
  Fields fields("ff 10");
  EXPECT_EQ(fields.next<int>(16), 255);
  EXPECT_EQ(fields.next<int>(8), 8);
  EXPECT_TRUE(fields.ok());
}

TEST(Fields, OfAnEmptyLineAreMissing) {
  Fields fields("");
  EXPECT_FALSE(fields.more());
  EXPECT_EQ(fields.next<double>(), 0);
  EXPECT_FALSE(fields.ok());
}

TEST(Fields, ASeparatorAtTheEndMakesAnEmptyLastField) {
  Fields fields("a,", ',');
  EXPECT_EQ(fields.word(), "a");
  EXPECT_TRUE(fields.more());
  EXPECT_EQ(fields.word(), "");
  EXPECT_TRUE(fields.ok());
  EXPECT_FALSE(fields.more());
  EXPECT_EQ(fields.word(), "");
  EXPECT_FALSE(fields.ok());
}

TEST(Lines, KeepEmptyLinesInTheMiddleAndTheLastWithoutItsEnd) {
  std::vector<std::string_view> lines;
  for (const auto line : Lines("\n\na")) lines.push_back(line);
  EXPECT_EQ(lines, (std::vector<std::string_view>{"", "", "a"}));
  for (const auto line : Lines("")) ADD_FAILURE() << "a line in nothing: " << line;
}

// What white-space separated words are joined from, Fields gives back, whatever lies between.
RC_GTEST_PROP(FieldsProperty, GivesBackTheWordsThatWereJoined, ()) {
  const auto word = rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc019:/-.%"))));
  const auto words = *rc::gen::container<std::vector<std::string>>(word);
  std::string line;
  for (const auto& one : words) {
    line += *rc::gen::elementOf(std::vector<std::string>{" ", "\t", "  \t "}) + one;
  }
  Fields fields(line);
  std::vector<std::string> found;
  while (fields.more()) found.emplace_back(fields.word());
  RC_ASSERT(found == words);
  RC_ASSERT(fields.ok());
}

RC_GTEST_PROP(FieldsProperty, EveryWholeNumberIsReadBack, (std::int64_t number)) {
  RC_ASSERT(parse_number<std::int64_t>(std::to_string(number)) == number);
}

// An excerpt is bounded, printable and UTF-8, whatever bytes it is of.
RC_GTEST_PROP(ExcerptProperty, IsBoundedPrintableAndUtf8, (const std::string& bytes)) {
  const auto text = excerpt(bytes);
  RC_ASSERT(text.size() <= 64 * 4 + 5);
  RC_ASSERT(is_utf8(text));
  for (const char c : text) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20U);
}

}  // namespace
}  // namespace serverpulse
