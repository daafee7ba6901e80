// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/bridge.h"

#include <gtest/gtest.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "metrics/encoder.h"
#include "tests/metrics/agree.h"

namespace serverpulse::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class Answers final : public prometheus::Collectable {
 public:
  explicit Answers(std::function<std::vector<MetricFamily>()> answer)
      : answer_(std::move(answer)) {}
  explicit Answers(std::vector<MetricFamily> families)
      : answer_([families = std::move(families)] { return families; }) {}
  [[nodiscard]] std::vector<MetricFamily> Collect() const override { return answer_(); }

 private:
  std::function<std::vector<MetricFamily>()> answer_;
};

ClientMetric gauge_sample(double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  return metric;
}

MetricFamily gauge_family(std::string name, std::vector<ClientMetric> metrics) {
  return MetricFamily{std::move(name), "h", MetricType::Gauge, std::move(metrics)};
}

struct Bridged {
  BridgeOutcome outcome;
  std::string text;
};

Bridged through(const prometheus::Collectable& from) {
  const auto encoder = make_encoder(Format::text);
  auto outcome = bridge(from, *encoder);
  return {std::move(outcome), encoder->bytes()};
}

TEST(Bridge, GivesOnSamplesOfDifferentLabelsWithTheirUnion) {
  const auto [outcome, text] = through(Answers({gauge_family(
      "x", {gauge_sample(1, {{"b", "1"}}), gauge_sample(2, {{"a", "2"}}), gauge_sample(3)})}));
  EXPECT_EQ(outcome.families, 1U);
  EXPECT_EQ(outcome.refused, 0U);
  EXPECT_EQ(text,
            "# HELP x h\n# TYPE x gauge\nx{a=\"\",b=\"1\"} 1\nx{a=\"2\",b=\"\"} 2\n"
            "x{a=\"\",b=\"\"} 3\n");
}

TEST(Bridge, GivesEveryTypeInAWayThatAllFormatsAgreeOn) {
  ClientMetric histogram;
  histogram.histogram = {3, 4.5, {{1, 0.5}, {3, std::numeric_limits<double>::infinity()}}};
  ClientMetric summary;
  summary.summary = {3, 4.5, {{0.5, 1}, {0.9, 2}}};
  ClientMetric counter;
  counter.counter.value = 7;
  counter.timestamp_ms = 1500;
  ClientMetric untyped;
  untyped.untyped.value = 8;
  const Answers all({MetricFamily{"h_seconds", "h", MetricType::Histogram, {histogram}},
                     MetricFamily{"s", "h", MetricType::Summary, {summary}},
                     MetricFamily{"c_total", "h", MetricType::Counter, {counter}},
                     MetricFamily{"u", "h", MetricType::Untyped, {untyped}}});
  metrics_test::expect_encoders_agree([&](Sink& sink) { bridge(all, sink); });
  EXPECT_EQ(through(all).text,
            "# HELP h_seconds h\n# TYPE h_seconds histogram\nh_seconds_bucket{le=\"0.5\"} 1\n"
            "h_seconds_bucket{le=\"+Inf\"} 3\nh_seconds_sum 4.5\nh_seconds_count 3\n"
            "# HELP s h\n# TYPE s summary\ns{quantile=\"0.5\"} 1\ns{quantile=\"0.9\"} 2\n"
            "s_sum 4.5\ns_count 3\n"
            "# HELP c_total h\n# TYPE c_total counter\nc_total 7 1500\n"
            "# HELP u h\n# TYPE u untyped\nu 8\n");
}

TEST(Bridge, SurvivesACollectableThatThrows) {
  const auto [outcome, text] =
      through(Answers([]() -> std::vector<MetricFamily> { throw std::runtime_error("no\ndice"); }));
  EXPECT_EQ(outcome.refused, 1U);
  EXPECT_EQ(outcome.first_reason, "Collect threw \"no\\ndice\"");
  EXPECT_EQ(text, "");
}

TEST(Bridge, SurvivesACollectableThatThrowsAnythingElse) {
  const auto [outcome, text] = through(Answers([]() -> std::vector<MetricFamily> { throw 42; }));
  EXPECT_EQ(outcome.first_reason, "Collect threw something that is no std::exception");
  EXPECT_EQ(text, "");
}

TEST(Bridge, LeavesOutFamiliesWithoutSamples) {
  const auto [outcome, text] = through(Answers({gauge_family("x", {})}));
  EXPECT_EQ(outcome.families + outcome.refused, 0U);
  EXPECT_EQ(text, "");
}

TEST(Bridge, RefusesOneFamilyAndGivesTheOthers) {
  const auto [outcome, text] = through(Answers(
      {gauge_family("bad name", {gauge_sample(1)}), gauge_family("good", {gauge_sample(2)})}));
  EXPECT_EQ(outcome.families, 1U);
  EXPECT_EQ(outcome.refused, 1U);
  EXPECT_EQ(outcome.first_reason, "\"bad name\": want a metric name, found \"bad name\"");
  EXPECT_EQ(text, "# HELP good h\n# TYPE good gauge\ngood 2\n");
}

ClientMetric distribution(ClientMetric::Histogram histogram) {
  ClientMetric metric;
  metric.histogram = std::move(histogram);
  return metric;
}

struct BadFamily {
  const char* name;
  std::vector<MetricFamily> families;
  const char* reason;
};

class BridgeRefuses : public testing::TestWithParam<BadFamily> {};

TEST_P(BridgeRefuses, AndSaysWhy) {
  const auto [outcome, text] = through(Answers(GetParam().families));
  EXPECT_EQ(outcome.refused, 1U);
  EXPECT_EQ(outcome.first_reason, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Families, BridgeRefuses,
    testing::Values(
        BadFamily{"NameTwice",
                  {gauge_family("x", {gauge_sample(1)}), gauge_family("x", {gauge_sample(2)})},
                  "\"x\": want each name once, found it twice"},
        BadFamily{"NameOfAnOthersSamples",
                  {MetricFamily{"x", "h", MetricType::Histogram, {distribution({0, 0, {}})}},
                   gauge_family("x_sum", {gauge_sample(2)})},
                  "\"x_sum\": want each name once, found it twice"},
        BadFamily{"HelpNotUtf8",
                  {MetricFamily{"x", "\xff", MetricType::Gauge, {gauge_sample(1)}}},
                  "\"x\": want UTF-8 in HELP, found \"\\xff\""},
        BadFamily{"UnknownType",
                  {MetricFamily{"x", "h", static_cast<MetricType>(77), {gauge_sample(1)}}},
                  "\"x\": want a known type"},
        BadFamily{"LabelName",
                  {gauge_family("x", {gauge_sample(1, {{"a-b", ""}})})},
                  "\"x\": want a label name, found \"a-b\""},
        BadFamily{"ReservedLabel",
                  {gauge_family("x", {gauge_sample(1, {{"__name__", "y"}})})},
                  "\"x\": want no reserved label, found \"__name__\""},
        BadFamily{"LabelTwice",
                  {gauge_family("x", {gauge_sample(1, {{"a", "1"}, {"a", "2"}})})},
                  "\"x\": want each label once, found \"a\" twice"},
        BadFamily{"LabelNotUtf8",
                  {gauge_family("x", {gauge_sample(1, {{"a", "\xc3"}})})},
                  "\"x\": want UTF-8 in label a, found \"\\xc3\""},
        BadFamily{"EqualSamples",
                  {gauge_family("x", {gauge_sample(1, {{"a", "1"}}),
                                      gauge_sample(1, {{"b", ""}, {"a", "1"}})})},
                  "\"x\": want samples that differ in their labels"},
        BadFamily{"BoundAsLabel",
                  {MetricFamily{"x", "h", MetricType::Histogram, {gauge_sample(1, {{"le", "1"}})}}},
                  "\"x\": want no reserved label, found \"le\""},
        BadFamily{
            "FallingBounds",
            {MetricFamily{
                "x", "h", MetricType::Histogram, {distribution({3, 1, {{1, 2.0}, {2, 1.0}}})}}},
            "\"x\": want buckets that rise, found 1.000000"},
        BadFamily{
            "FallingCounts",
            {MetricFamily{
                "x", "h", MetricType::Histogram, {distribution({3, 1, {{2, 1.0}, {1, 2.0}}})}}},
            "\"x\": want buckets that rise, found 2.000000"},
        BadFamily{
            "BucketAboveTheCount",
            {MetricFamily{"x", "h", MetricType::Histogram, {distribution({3, 1, {{4, 1.0}}})}}},
            "\"x\": want no bucket above the count, found 4"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace serverpulse::metrics
