// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/parse_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "metrics/encoder.h"

namespace serverpulse::metrics {
namespace {

std::vector<StoredFamily> parsed(std::string_view text) {
  auto families = parse_text(text);
  EXPECT_TRUE(families) << families.error().message;
  return families ? *std::move(families) : std::vector<StoredFamily>{};
}

std::string refusal(std::string_view text, const ParseLimits& limits = {}) {
  const auto families = parse_text(text, limits);
  return families ? "accepted" : families.error().message;
}

TEST(ParseText, ReadsHelpTypeLabelsValueAndTimestamp) {
  const auto families = parsed(
      "# HELP jobs_total Done\\nso far \\\\.\n"
      "# TYPE jobs_total counter\n"
      "jobs_total{queue=\"a\\\"b\\\\c\\n\", kind = \"x\",} 3.5 -17\n"
      "jobs_total 4\n");
  ASSERT_EQ(families.size(), 1U);
  const auto& jobs = families[0];
  EXPECT_EQ(jobs.name, "jobs_total");
  EXPECT_EQ(jobs.help, "Done\nso far \\.");
  EXPECT_EQ(jobs.type, Type::counter);
  ASSERT_EQ(jobs.samples.size(), 2U);
  EXPECT_EQ(jobs.samples[0].labels,
            (std::vector<StoredLabel>{{"queue", "a\"b\\c\n"}, {"kind", "x"}}));
  EXPECT_EQ(jobs.samples[0].value, 3.5);
  EXPECT_EQ(jobs.samples[0].timestamp_ms, -17);
  EXPECT_EQ(jobs.samples[1].timestamp_ms, std::nullopt);
}

TEST(ParseText, GathersTheLinesOfAHistogramByTheirOtherLabels) {
  const auto families = parsed(
      "# TYPE d histogram\n"
      "d_bucket{p=\"a\",le=\"0.5\"} 1\nd_bucket{le=\"+Inf\",p=\"a\"} 2\n"
      "d_sum{p=\"a\"} 1.5\nd_count{p=\"a\"} 2\nd_count{p=\"b\"} 0\n");
  ASSERT_EQ(families.size(), 1U);
  ASSERT_EQ(families[0].samples.size(), 2U);
  const auto& a = families[0].samples[0];
  EXPECT_EQ(a.labels, (std::vector<StoredLabel>{{"p", "a"}}));
  ASSERT_EQ(a.buckets.size(), 2U);
  EXPECT_EQ(a.buckets[0].upper_bound, 0.5);
  EXPECT_EQ(a.buckets[1].upper_bound, std::numeric_limits<double>::infinity());
  EXPECT_EQ(a.buckets[1].cumulative_count, 2U);
  EXPECT_EQ(a.sum, 1.5);
  EXPECT_EQ(a.count, 2U);
}

TEST(ParseText, GathersTheLinesOfASummary) {
  const auto families = parsed("# TYPE s summary\ns{quantile=\"0.9\"} 7\ns_sum 20\ns_count 3\n");
  ASSERT_EQ(families.size(), 1U);
  ASSERT_EQ(families[0].samples.size(), 1U);
  ASSERT_EQ(families[0].samples[0].quantiles.size(), 1U);
  EXPECT_EQ(families[0].samples[0].quantiles[0].quantile, 0.9);
  EXPECT_EQ(families[0].samples[0].quantiles[0].value, 7);
  EXPECT_EQ(families[0].samples[0].count, 3U);
}

TEST(ParseText, TakesSuffixesAsNamesOfTheirOwnWithoutTheDeclaration) {
  const auto families = parsed("s_sum 1\ns_count 2\n");
  ASSERT_EQ(families.size(), 2U);
  EXPECT_EQ(families[0].name, "s_sum");
  EXPECT_EQ(families[0].type, Type::unknown);
}

TEST(ParseText, TellsNoHelpFromEmptyNoneButNotFromOnlyBlanks) {
  EXPECT_EQ(parsed("a 1\n")[0].help, std::nullopt);
  EXPECT_EQ(parsed("# HELP a \na 1\n")[0].help, std::nullopt);
}

TEST(ParseText, ReadsTheNameFromInsideTheBraces) {
  const auto families = parsed("{\"up\",job=\"x\"} 1\n{down} 2\n");
  ASSERT_EQ(families.size(), 2U);
  EXPECT_EQ(families[0].name, "up");
  EXPECT_EQ(families[0].samples[0].labels, (std::vector<StoredLabel>{{"job", "x"}}));
  EXPECT_EQ(families[1].name, "down");
}

TEST(ParseText, LeavesOutFamiliesWithoutSamples) {
  EXPECT_TRUE(parsed("# HELP a b\n# TYPE a gauge\n").empty());
  EXPECT_TRUE(parsed("").empty());
  EXPECT_TRUE(parsed("\n \n# a comment\n#\n  ").empty());
}

TEST(ParseText, ReadsSpecialValuesInAnyCase) {
  const auto families = parsed("a nan\na +INF\na -Infinity\na 1e-400\na .5\na 5.\n");
  const auto& samples = families[0].samples;
  ASSERT_EQ(samples.size(), 6U);
  EXPECT_TRUE(std::isnan(samples[0].value));
  EXPECT_EQ(samples[1].value, std::numeric_limits<double>::infinity());
  EXPECT_EQ(samples[2].value, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(samples[3].value, 0);
  EXPECT_EQ(samples[4].value, 0.5);
  EXPECT_EQ(samples[5].value, 5);
}

struct Refusal {
  const char* input;
  const char* message;
};

class ParseTextRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(ParseTextRefuses, WithLineAndWhatWasWanted) {
  EXPECT_EQ(refusal(GetParam().input), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Inputs, ParseTextRefuses,
    testing::Values(
        Refusal{"a 1", "line 1: want a line end after the last line, found none"},
        Refusal{"a 1\n\nb 1\r\n", "line 3: want a number as value, found \"1\\x0d\""},
        Refusal{"a\n", "line 1: want a number as value, found the line's end"},
        Refusal{"a 1 \n", "line 1: want a timestamp in whole milliseconds, found the line's end"},
        Refusal{"a 1 1.5\n", "line 1: want a timestamp in whole milliseconds, found \"1.5\""},
        Refusal{"a 1 15 x\n", "line 1: want nothing after the timestamp, found \" x\""},
        Refusal{"a 0x1p4\n", "line 1: want a number as value, found \"0x1p4\""},
        Refusal{"a 1_000\n", "line 1: want a number as value, found \"1_000\""},
        Refusal{"a 1e400\n", "line 1: want a number as value, found \"1e400\""},
        Refusal{"a +NaN\n", "line 1: want a number as value, found \"+NaN\""},
        Refusal{"9a 1\n", "line 1: want a metric name, found \"9a 1\""},
        Refusal{"{\"a b\"} 1\n", "line 1: want a metric name, found \"a b\""},
        Refusal{"{} 1\n", "line 1: want a metric name before or in the braces, found \"} 1\""},
        Refusal{"a{b=\"1\",b=\"2\"} 1\n", "line 1: want each label name once, found \"b\""},
        Refusal{"a{__name__=\"b\"} 1\n", "line 1: want a label name, found \"__name__\""},
        Refusal{"a{1=\"b\"} 1\n", "line 1: want a label name, found \"1=\\\"b\\\"} 1\""},
        Refusal{"a{b:c=\"d\"} 1\n",
                "line 1: want '=' after the label name, found \":c=\\\"d\\\"} 1\""},
        Refusal{"a{b=1} 1\n", "line 1: want '\"' at the start of a label value, found \"1} 1\""},
        Refusal{"a{b=\"1\n", "line 1: want '\"' at the end of a label value, found the line's end"},
        Refusal{"a{b=\"\\t\"} 1\n", "line 1: want \\\\, \\n or \\\", found \"\\\\t\\\"} 1\""},
        Refusal{"a{b=\"\xff\"} 1\n", "line 1: want UTF-8 in a label value, found \"\\xff\""},
        Refusal{"a{b=\"1\" c=\"2\"} 1\n",
                "line 1: want ',' or '}' in the labels, found \"c=\\\"2\\\"} 1\""},
        Refusal{"a{,} 1\n", "line 1: want a label name, found \",} 1\""},
        Refusal{"# HELP a x\n# HELP a x\n", "line 2: want one HELP for a, found \"x\""},
        Refusal{"# HELP a \\x\n", "line 1: want \\\\, \\n or \\\", found \"\\\\x\""},
        Refusal{"# TYPE a gauge\n# TYPE a gauge\n",
                "line 2: want one TYPE for a, before its samples, found \"gauge\""},
        Refusal{"a 1\n# TYPE a gauge\n",
                "line 2: want one TYPE for a, before its samples, found \"gauge\""},
        Refusal{"# TYPE a info\n",
                "line 1: want counter, gauge, histogram, summary or untyped, found \"info\""},
        Refusal{"# TYPE a gauge \na 1\n",
                "line 1: want counter, gauge, histogram, summary or untyped, found \"gauge \""},
        Refusal{"# TYPE 9 gauge\n", "line 1: want a metric name, found \"9 gauge\""},
        Refusal{"# TYPE a histogram\na_bucket{le=\"x\"} 1\n",
                "line 2: want a number as value of le, found \"x\""},
        Refusal{"# TYPE a histogram\na_count -1\n",
                "line 2: want a count of 0 or more, found -1.000000"},
        Refusal{"# TYPE a summary\na{quantile=\"\"} 1\n",
                "line 2: want a number as value of quantile, found the line's end"}));

TEST(ParseText, RefusesMoreBytesThanTheCallerAllows) {
  EXPECT_EQ(refusal("abc 1\n", ParseLimits{5, 10}), "want at most 5 bytes, found 6");
}

TEST(ParseText, RefusesMoreSamplesThanTheCallerAllows) {
  EXPECT_EQ(refusal("a 1\nb 2\n", ParseLimits{100, 1}),
            "line 2: want at most 1 samples, found more");
}

TEST(Emit, GivesEverySampleTheUnionOfTheLabelNames) {
  const auto families = parsed("a{y=\"1\"} 1\na{x=\"2\"} 2\n");
  const auto encoder = make_encoder(Format::text);
  emit(families[0], *encoder);
  EXPECT_EQ(encoder->bytes(),
            "# HELP a \n# TYPE a untyped\na{x=\"\",y=\"1\"} 1\na{x=\"2\",y=\"\"} 2\n");
}

}  // namespace
}  // namespace serverpulse::metrics
