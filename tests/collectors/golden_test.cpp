// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Runs every collector over every case of its fixture folder and holds the text exposition against
// the golden. tests/collectors/<collector>/<case>/ is a case:
//
//   proc, sys, root, udev   the roots that the collector reads
//   kernel/                 answers to system calls, see fixture_kernel.h
//   options                 lines name=value: the collector's options; $CASE is the folder
//   ../<case>.prom          the golden; an error is a golden too ("# failed: …"), and so is what
//                           was logged ("# level=warn …")
//
// SERVERPULSE_UPDATE_GOLDENS=1 rewrites the goldens (`./dev golden`).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/collectors/fixture_case.h"
#include "tests/metrics/agree.h"

namespace serverpulse::exporter {
namespace {

std::string outcome(const Status& done) {
  if (done) return {};
  const auto* word = done.error().kind == Error::Kind::unavailable ? "unavailable" : "failed";
  return "# " + std::string(word) + ": " + done.error().message + "\n";
}

// The text exposition of the last of `times` scrapes by a new collector, then its error if any.
std::string scrape(const Case& c, Workbench& bench, int times) {
  auto& collector = bench.collector();
  if (!collector) return c.portable("# refused: " + collector.error().message + "\n");
  const auto encoder = metrics::make_encoder(metrics::Format::text);
  std::string text;
  for (int i = 0; i < times; ++i) {
    encoder->clear();
    const auto done = (*collector)->collect(*encoder);
    EXPECT_TRUE(done || encoder->bytes().empty()) << "an error after the first sample";
    text = encoder->bytes() + outcome(done);
  }
  return c.portable(text);
}

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, TextExposition) {
  Workbench bench(GetParam());
  auto text = scrape(GetParam(), bench, 1);
  text += GetParam().portable(bench.log());
  const auto path = GetParam().golden_path();
  if (std::getenv("SERVERPULSE_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  const auto golden = read_file(path);
  ASSERT_TRUE(golden) << path << " is missing: ./dev golden writes it";
  EXPECT_EQ(text, *golden);
}

TEST_P(Golden, EveryFormatAgrees) {
  Workbench bench(GetParam());
  if (!bench.collector()) return;  // that it is refused is TextExposition's to say
  metrics_test::expect_encoders_agree(
      [&](metrics::Sink& sink) { static_cast<void>((*bench.collector())->collect(sink)); });
}

TEST_P(Golden, ThirdScrapeEqualsTheFirst) {
  Workbench first(GetParam());
  Workbench third(GetParam());
  EXPECT_EQ(scrape(GetParam(), third, 3), scrape(GetParam(), first, 1));
}

TEST_P(Golden, ThirdScrapeLogsNothingThatWasLogged) {
  Workbench bench(GetParam());
  scrape(GetParam(), bench, 1);
  const auto log = bench.log();
  scrape(GetParam(), bench, 2);
  EXPECT_EQ(bench.log(), log);
}

INSTANTIATE_TEST_SUITE_P(Collectors, Golden, testing::ValuesIn(all_cases()),
                         [](const auto& param) { return test_name(param.param); });

class Collectors : public testing::TestWithParam<const CollectorInfo*> {
 protected:
  static auto cases_that(bool (Case::*is)() const) {
    const auto cases = all_cases();
    return std::count_if(cases.begin(), cases.end(),
                         [&](const Case& c) { return c.info == GetParam() && (c.*is)(); });
  }
};

TEST_P(Collectors, HasACaseThatGivesMetrics) {
  EXPECT_GT(cases_that(&Case::gives_metrics), 0);
}

TEST_P(Collectors, HasACaseThatRefuses) {
  EXPECT_GT(cases_that(&Case::refuses), 0);
}

INSTANTIATE_TEST_SUITE_P(All, Collectors,
                         testing::ValuesIn(all_collectors().begin(), all_collectors().end()),
                         [](const auto& param) { return std::string(param.param->name); });

}  // namespace
}  // namespace serverpulse::exporter
