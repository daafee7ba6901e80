// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What holds of all formats together.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "metrics/encoder.h"
#include "metrics/parse_text.h"
#include "metrics/recording.h"
#include "tests/metrics/agree.h"
#include "tests/metrics/decode.h"
#include "tests/metrics/random_families.h"
#include "tests/support/allocation_counter.h"

namespace rc {
// Families are shown as text when a property fails.
template <>
struct Arbitrary<std::vector<serverpulse::metrics::StoredFamily>> {
  static Gen<std::vector<serverpulse::metrics::StoredFamily>> arbitrary() {
    return serverpulse::metrics_test::any_families();
  }
};
}  // namespace rc

namespace serverpulse::metrics {

void showValue(const StoredFamily& family, std::ostream& out) {
  const auto encoder = make_encoder(Format::text);
  emit(family, *encoder);
  out << encoder->bytes();
}

namespace {

using metrics_test::disagreements;

void emit_all(const std::vector<StoredFamily>& families, Sink& sink) {
  for (const auto& family : families) emit(family, sink);
}

RC_GTEST_PROP(Formats, ChangingTheFormatNeverChangesASeries,
              (const std::vector<StoredFamily>& families)) {
  const auto complaints = disagreements([&](Sink& sink) { emit_all(families, sink); });
  for (const auto& complaint : complaints) RC_LOG() << complaint << '\n';
  RC_ASSERT(complaints.empty());
}

RC_GTEST_PROP(Formats, WhatTextSaysParsesBackAsTheSameText, (std::vector<StoredFamily> families)) {
  for (auto& family : families) {
    family.help->erase(0, family.help->find_first_not_of(' '));  // the format cannot keep them
  }
  const auto first = make_encoder(Format::text);
  emit_all(families, *first);
  const auto parsed = parse_text(first->bytes());
  if (!parsed) RC_FAIL(parsed.error().message + "\n" + first->bytes());
  const auto second = make_encoder(Format::text);
  emit_all(*parsed, *second);
  RC_ASSERT(second->bytes() == first->bytes());
}

RC_GTEST_PROP(Formats, MarksCoverTheBytesAndCountTheSamples,
              (const std::vector<StoredFamily>& families)) {
  for (const auto format : {Format::text, Format::openmetrics, Format::protobuf}) {
    const auto encoder = make_encoder(format);
    emit_all(families, *encoder);
    std::size_t at = 0;
    std::uint64_t samples = 0;
    for (const auto& mark : encoder->marks()) {
      RC_ASSERT(mark.begin == at);
      at = mark.end;
      samples += mark.samples;
    }
    RC_ASSERT(at == encoder->bytes().size());
    const auto text = make_encoder(Format::text);
    emit_all(families, *text);
    const auto decoded = metrics_test::decode_text(text->bytes());
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(samples == decoded->series.size());
  }
}

constexpr auto kSeconds =
    counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.", "cpu", "mode");
constexpr auto kLoad = gauge("node_load1", "1m load average.");

void give_typical(Sink& sink) {
  sink.add(kLoad, 0.21);
  {
    auto rows = sink.rows(kSeconds);
    for (const auto* mode : {"idle", "system", "user \"quoted\"\n"}) rows.add({"0", mode}, 12.34);
  }
  const std::string_view names[] = {"path"};
  const std::string_view values[] = {"/metrics"};
  const Exemplar exemplar{names, values, 0.3, 1.5e9};
  const Bucket buckets[] = {{0.005, 1, nullptr}, {1, 2, &exemplar}, {1e6, 3, nullptr}};
  const Quantile quantiles[] = {{0.5, 1.25}, {1, 2}};
  const SampleDetail detail{1700000000123, 1.6e9, &exemplar};
  sink.begin(Family{"requests_seconds", "h", Type::histogram, names, "seconds"});
  sink.histogram(values, HistogramValue{buckets, 2.5, 4, nullptr}, detail);
  sink.end();
  sink.begin(Family{"sizes", "h", Type::summary, names, {}});
  sink.summary(values, SummaryValue{quantiles, 2.5, 4}, detail);
  sink.end();
}

TEST(Formats, AgreeOnATypicalExposition) {
  metrics_test::expect_encoders_agree(give_typical);
}

// An interface may be called so: `ip link set lo name $'v\xff'`.
void give_what_is_not_utf8(Sink& sink) {
  const std::string_view names[] = {"device"};
  const std::string_view values[] = {"v\xff"};
  const Exemplar exemplar{names, values, 1, 1.5e9};
  sink.begin(Family{"x_total", "caf\xc3\xa9 \xc3", Type::counter, names, {}});
  sink.sample(values, 1, SampleDetail{0, 0, &exemplar});
  for (const std::string_view value :
       {"\xfe\xff twice\xe2\x82", "caf\xc3\xa9", "\"\xed\xa0\x80\n\\"}) {
    sink.sample(std::span(&value, 1), 2);
  }
  sink.end();
}

TEST(Formats, AgreeOnWhatIsNotUtf8) {
  metrics_test::expect_encoders_agree(give_what_is_not_utf8);
}

TEST(Formats, ReplaceEachRunThatIsNotUtf8) {
  const auto text = make_encoder(Format::text);
  give_what_is_not_utf8(*text);
  EXPECT_EQ(text->bytes(),
            "# HELP x_total café \uFFFD\n# TYPE x_total counter\nx_total{device=\"v\uFFFD\"} 1\n"
            "x_total{device=\"\uFFFD twice\uFFFD\"} 2\nx_total{device=\"café\"} 2\n"
            "x_total{device=\"\\\"\uFFFD\\n\\\\\"} 2\n");
}

class EveryFormat : public testing::TestWithParam<Format> {};

TEST_P(EveryFormat, HasBytesThatAreUtf8WhateverItWasGiven) {
  const auto encoder = make_encoder(GetParam());
  give_what_is_not_utf8(*encoder);
  EXPECT_EQ(encoder->bytes().find('\xff'), std::string::npos);
  EXPECT_EQ(encoder->bytes().find('\xed'), std::string::npos);
  EXPECT_EQ(encoder->bytes().find("\xe2\x82"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat,
                         testing::Values(Format::text, Format::openmetrics, Format::protobuf));

class Allocations : public testing::TestWithParam<Format> {};

TEST_P(Allocations, ASecondEncodingOfTheSameFamiliesAllocatesNothing) {
  const auto encoder = make_encoder(GetParam(), EncoderOptions{true});
  give_typical(*encoder);
  give_what_is_not_utf8(*encoder);
  const auto size = encoder->bytes().size();
  encoder->clear();
  const testing_support::AllocationCounter counter;
  give_typical(*encoder);
  give_what_is_not_utf8(*encoder);
  EXPECT_EQ(counter.count(), 0U);
  EXPECT_EQ(encoder->bytes().size(), size);
}

INSTANTIATE_TEST_SUITE_P(EveryFormat, Allocations,
                         testing::Values(Format::text, Format::openmetrics, Format::protobuf));

TEST(AllocationCounter, CountsOperatorNewOfThisThread) {
  const testing_support::AllocationCounter counter;
  const auto held = std::make_unique<std::string>(100, 'x');
  EXPECT_EQ(held->size(), 100U);
  EXPECT_EQ(counter.count(), 2U);
}

TEST(Agreement, ComplainsOfASeriesGivenTwice) {
  const auto complaints = disagreements([](Sink& sink) {
    auto rows = sink.rows(kSeconds);
    rows.add({"0", "idle"}, 1);
    rows.add({"0", "idle"}, 2);
  });
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_EQ(complaints[0], "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} twice");
}

TEST(Agreement, ComplainsOfAFamilyGivenTwice) {
  const auto complaints = disagreements([](Sink& sink) {
    sink.add(kLoad, 1);
    sink.add(kLoad, 2);
  });
  EXPECT_EQ(complaints, std::vector<std::string>{"node_load1 was given twice"});
}

TEST(RecordingSink, KeepsWhatItIsGivenAndSaysItAgain) {
  RecordingSink recording;
  give_typical(recording);
  EXPECT_TRUE(recording.misuses().empty());
  const auto direct = make_encoder(Format::openmetrics, EncoderOptions{true});
  const auto replayed = make_encoder(Format::openmetrics, EncoderOptions{true});
  give_typical(*direct);
  recording.replay(*replayed);
  EXPECT_EQ(replayed->bytes(), direct->bytes());
}

TEST(RecordingSink, NamesTheMisuseOfACall) {
  RecordingSink recording;
  recording.begin(kSeconds.family());
  recording.sample({}, 1);
  recording.begin(kLoad.family());
  recording.summary({}, SummaryValue{}, SampleDetail{});
  recording.end();
  recording.sample({}, 1);
  EXPECT_EQ(
      recording.misuses(),
      (std::vector<std::string>{
          "node_cpu_seconds_total: 0 label values for 2 names", "begin of node_load1 before an end",
          "node_load1: the call does not fit the type", "a sample outside of a family"}));
}

}  // namespace
}  // namespace serverpulse::metrics
