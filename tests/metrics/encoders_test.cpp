// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Each format's own bytes.
#include <gtest/gtest.h>

#include <string>

#include "metrics/encoder.h"
#include "tests/metrics/decode.h"

namespace serverpulse::metrics {
namespace {

std::string encoded(Format format, const Family& family, double value,
                    const SampleDetail& detail = {}, EncoderOptions options = {},
                    LabelValues labels = {}) {
  const auto encoder = make_encoder(format, options);
  encoder->begin(family);
  encoder->sample(labels, value, detail);
  encoder->end();
  return encoder->bytes();
}

std::string open(const Family& family, double value, const SampleDetail& detail = {},
                 EncoderOptions options = {}, LabelValues labels = {}) {
  return encoded(Format::openmetrics, family, value, detail, options, labels);
}

TEST(Text, EscapesHelpAndLabelValuesEachInItsWay) {
  const std::string_view names[] = {"path"};
  const std::string_view values[] = {"a\\b\n\"c\" and more"};
  EXPECT_EQ(encoded(Format::text, Family{"x", "say \"hi\"\\\n", Type::gauge, names, {}}, 1, {}, {},
                    values),
            "# HELP x say \"hi\"\\\\\\n\n# TYPE x gauge\n"
            "x{path=\"a\\\\b\\n\\\"c\\\" and more\"} 1\n");
}

TEST(Text, PrintsALabelWhoseValueIsEmpty) {
  const std::string_view names[] = {"a", "b"};
  const std::string_view values[] = {"", ""};
  EXPECT_EQ(encoded(Format::text, Family{"x", "h", Type::unknown, names, {}}, 1, {}, {}, values),
            "# HELP x h\n# TYPE x untyped\nx{a=\"\",b=\"\"} 1\n");
}

TEST(Text, GivesTimestampsInMilliseconds) {
  EXPECT_EQ(encoded(Format::text, Family{"x", "h", Type::gauge, {}, {}}, 1, {-1500, 0, nullptr}),
            "# HELP x h\n# TYPE x gauge\nx 1 -1500\n");
}

TEST(Text, HasNoTrailer) {
  EXPECT_EQ(make_encoder(Format::text)->trailer(), "");
}

TEST(Text, GivesAHistogramWithItsInfiniteBucket) {
  const auto encoder = make_encoder(Format::text);
  const Bucket buckets[] = {{0.1, 1, nullptr}, {1, 2, nullptr}};
  encoder->begin(Family{"d_seconds", "h", Type::histogram, {}, "seconds"});
  encoder->histogram({}, HistogramValue{buckets, 2.5, 3, nullptr}, SampleDetail{});
  encoder->end();
  EXPECT_EQ(encoder->bytes(),
            "# HELP d_seconds h\n# TYPE d_seconds histogram\nd_seconds_bucket{le=\"0.1\"} 1\n"
            "d_seconds_bucket{le=\"1.0\"} 2\nd_seconds_bucket{le=\"+Inf\"} 3\n"
            "d_seconds_sum 2.5\nd_seconds_count 3\n");
}

TEST(OpenMetrics, NamesACounterWithoutItsSuffixInTheMetadataOnly) {
  EXPECT_EQ(open(Family{"x_seconds_total", "say \"hi\"", Type::counter, {}, "seconds"}, 1),
            "# HELP x_seconds say \\\"hi\\\"\n# TYPE x_seconds counter\n# UNIT x_seconds seconds\n"
            "x_seconds_total 1\n");
}

TEST(OpenMetrics, CallsACounterWithoutTheSuffixUnknownRatherThanRenameIt) {
  EXPECT_EQ(open(Family{"node_forks", "h", Type::counter, {}, {}}, 1),
            "# HELP node_forks h\n# TYPE node_forks unknown\nnode_forks 1\n");
}

TEST(OpenMetrics, SaysNoUnitThatTheNameDoesNotEndWith) {
  EXPECT_EQ(open(Family{"x", "h", Type::gauge, {}, "seconds"}, 1),
            "# HELP x h\n# TYPE x gauge\nx 1\n");
}

TEST(OpenMetrics, NamesAnInfoWithoutItsSuffix) {
  EXPECT_EQ(open(Family{"build_info", "h", Type::info, {}, {}}, 1),
            "# HELP build h\n# TYPE build info\nbuild_info 1\n");
}

TEST(OpenMetrics, CallsAnInfoWithoutTheSuffixAGauge) {
  EXPECT_EQ(open(Family{"build", "h", Type::info, {}, {}}, 1),
            "# HELP build h\n# TYPE build gauge\nbuild 1\n");
}

TEST(OpenMetrics, KnowsAStatesetByTheLabelOfItsName) {
  const std::string_view names[] = {"state"};
  const std::string_view values[] = {"up"};
  EXPECT_EQ(open(Family{"state", "h", Type::stateset, names, {}}, 1, {}, {}, values),
            "# HELP state h\n# TYPE state stateset\nstate{state=\"up\"} 1\n");
  EXPECT_EQ(open(Family{"other", "h", Type::stateset, names, {}}, 1, {}, {}, values),
            "# HELP other h\n# TYPE other gauge\nother{state=\"up\"} 1\n");
}

struct StampCase {
  std::int64_t milliseconds;
  const char* text;
};

TEST(OpenMetrics, GivesTimestampsInSeconds) {
  for (const auto& [milliseconds, text] :
       {StampCase{1520879607789, "1520879607.789"}, StampCase{-500, "-0.5"}, StampCase{7000, "7"},
        StampCase{1, "0.001"}, StampCase{1050, "1.05"},
        StampCase{INT64_MIN, "-9223372036854775.808"}}) {
    EXPECT_EQ(open(Family{"x", "h", Type::gauge, {}, {}}, 1, {milliseconds, 0, nullptr}),
              std::string("# HELP x h\n# TYPE x gauge\nx 1 ") + text + "\n");
  }
}

TEST(OpenMetrics, GivesACountersExemplar) {
  const std::string_view names[] = {"trace_id"};
  const std::string_view values[] = {"a\"b"};
  const Exemplar exemplar{names, values, 0.5, 1520879607.789};
  EXPECT_EQ(open(Family{"x_total", "h", Type::counter, {}, {}}, 1, {1000, 0, &exemplar}),
            "# HELP x h\n# TYPE x counter\n"
            "x_total 1 1 # {trace_id=\"a\\\"b\"} 0.5 1520879607.789\n");
}

TEST(OpenMetrics, LeavesOutTheExemplarOfAGauge) {
  const Exemplar exemplar{{}, {}, 0.5, 0};
  EXPECT_EQ(open(Family{"x", "h", Type::gauge, {}, {}}, 1, {0, 0, &exemplar}),
            "# HELP x h\n# TYPE x gauge\nx 1\n");
}

TEST(OpenMetrics, LeavesOutAnExemplarOfMoreThan128Characters) {
  const std::string_view names[] = {"trace_id"};
  const std::string just = [] {
    std::string text;
    for (int i = 0; i < 120; ++i) text += "é";
    return text;
  }();
  const std::string more = just + "x";
  const std::string_view fits[] = {just};
  const std::string_view exceeds[] = {more};
  const Exemplar short_one{names, fits, 1, 0};
  const Exemplar long_one{names, exceeds, 1, 0};
  const Family family{"x_total", "h", Type::counter, {}, {}};
  EXPECT_NE(open(family, 1, {0, 0, &short_one}).find("# {"), std::string::npos);
  EXPECT_EQ(open(family, 1, {0, 0, &long_one}).find("# {"), std::string::npos);
}

TEST(OpenMetrics, GivesCreatedLinesOnlyWhenAsked) {
  const Family family{"x_total", "h", Type::counter, {}, {}};
  const SampleDetail detail{0, 1.5e9, nullptr};
  EXPECT_EQ(open(family, 1, detail), "# HELP x h\n# TYPE x counter\nx_total 1\n");
  EXPECT_EQ(open(family, 1, detail, EncoderOptions{true}),
            "# HELP x h\n# TYPE x counter\nx_total 1\nx_created 1500000000\n");
}

TEST(OpenMetrics, EndsWithEof) {
  EXPECT_EQ(make_encoder(Format::openmetrics)->trailer(), "# EOF\n");
}

TEST(Protobuf, PrintsALabelWhoseValueIsEmpty) {
  const std::string_view names[] = {"a"};
  const std::string_view values[] = {""};
  const auto decoded = metrics_test::decode_protobuf(
      encoded(Format::protobuf, Family{"x", "h", Type::gauge, names, {}}, 1, {}, {}, values));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->series.at(0).identity(), "x{a=\"\"}");
}

TEST(Protobuf, WritesLengthsOfOneTwoAndThreeBytes) {
  for (const std::size_t size : {0U, 100U, 127U, 128U, 16'383U, 16'384U, 300'000U}) {
    const std::string value(size, 'v');
    const std::string_view names[] = {"a"};
    const std::string_view values[] = {value};
    const auto decoded = metrics_test::decode_protobuf(
        encoded(Format::protobuf, Family{"x", "h", Type::gauge, names, {}}, 1, {}, {}, values));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->series.at(0).labels.at("a").size(), size);
  }
}

TEST(Protobuf, GivesACounterItsTypeWhateverItsName) {
  const auto decoded = metrics_test::decode_protobuf(
      encoded(Format::protobuf, Family{"node_forks", "h", Type::counter, {}, {}}, 1));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->families.at("node_forks").type, "counter");
}

}  // namespace
}  // namespace serverpulse::metrics
