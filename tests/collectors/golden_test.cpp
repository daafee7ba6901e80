// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Runs every collector over every case of its fixture folder and holds the text exposition against
// the golden. tests/collectors/<collector>/<case>/ is a case:
//
//   proc, sys, root, udev   the roots that the collector reads
//   kernel/                 answers to system calls, see fixture_kernel.h
//   options                 lines name=value: the collector's options; $CASE is the folder
//   ../<case>.prom          the golden; an error is a golden too ("# failed: …")
//
// SERVERPULSE_UPDATE_GOLDENS=1 rewrites the goldens (`./dev golden`).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/fields.h"
#include "exporter/collector.h"
#include "metrics/encoder.h"
#include "tests/collectors/fixture_kernel.h"

namespace serverpulse::exporter {
namespace {

namespace fs = std::filesystem;

const std::string kFixtures = std::string(SERVERPULSE_SOURCE_DIR) + "/tests/collectors";

struct Case {
  const CollectorInfo* info;
  std::string name;

  [[nodiscard]] std::string collector() const { return std::string(info->name); }
  [[nodiscard]] std::string folder() const { return kFixtures + "/" + collector() + "/" + name; }
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.collector() << "/" << c.name;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto* info : all_collectors()) {
    const fs::path folder = kFixtures + "/" + std::string(info->name);
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.is_directory()) cases.push_back({info, entry.path().filename().string()});
    }
  }
  std::sort(cases.begin(), cases.end(),
            [](const Case& a, const Case& b) { return a.folder() < b.folder(); });
  return cases;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Sets one line of a case's options file, parsed as the flag would be.
void apply_option(const Case& c, std::string_view line, config::Settings& settings) {
  const auto at = line.find('=');
  const auto name = line.substr(0, at);
  const auto value = replaced(std::string(line.substr(at + 1)), "$CASE", c.folder());
  const auto option = std::find_if(c.info->options.begin(), c.info->options.end(),
                                   [&](const auto& o) { return o.name == name; });
  if (option == c.info->options.end()) {
    ADD_FAILURE() << c.folder() << "/options: no option " << name;
    return;
  }
  auto parsed = config::Settings::parse(*option, value, config::Origin::flag);
  if (!parsed) {
    ADD_FAILURE() << c.folder() << "/options: " << name << ": " << parsed.error().message;
    return;
  }
  settings.set("collector." + c.collector() + "." + std::string(name), *parsed);
}

config::Settings settings_of(const Case& c) {
  config::Settings settings(collector_options());
  const auto text = read_file(c.folder() + "/options");
  if (!text) return settings;
  for (const auto line : Lines(*text)) {
    if (!line.empty() && !line.starts_with('#')) apply_option(c, line, settings);
  }
  return settings;
}

std::string outcome(const Status& done) {
  if (done) return {};
  const auto* word = done.error().kind == Error::Kind::unavailable ? "unavailable" : "failed";
  return "# " + std::string(word) + ": " + done.error().message + "\n";
}

// The text exposition of the last of `times` scrapes by a new collector, then its error if any.
std::string scrape(const Case& c, int times) {
  const auto folder = c.folder();
  FixtureKernel kernel(folder + "/kernel");
  const ManualClock clock;
  const log::Logger logger(clock);
  const Host host{folder + "/proc", folder + "/sys", folder + "/root", folder + "/udev",
                  &kernel,          &clock,          &logger};
  const auto settings = settings_of(c);
  const config::Options options(settings, "collector." + c.collector() + ".");
  auto collector = c.info->make({host, options});
  if (!collector)
    return replaced("# refused: " + collector.error().message + "\n", folder, "$CASE");
  const auto encoder = metrics::make_encoder(metrics::Format::text);
  std::string text;
  for (int i = 0; i < times; ++i) {
    encoder->clear();
    const auto done = (*collector)->collect(*encoder);
    EXPECT_TRUE(done || encoder->bytes().empty()) << "an error after the first sample";
    text = encoder->bytes() + outcome(done);
  }
  return replaced(text, folder, "$CASE");
}

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, TextExposition) {
  const auto text = scrape(GetParam(), 1);
  const auto path = GetParam().folder() + ".prom";
  if (std::getenv("SERVERPULSE_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  const auto golden = read_file(path);
  ASSERT_TRUE(golden) << path << " is missing: ./dev golden writes it";
  EXPECT_EQ(text, *golden);
}

TEST_P(Golden, ThirdScrapeEqualsTheFirst) {
  EXPECT_EQ(scrape(GetParam(), 3), scrape(GetParam(), 1));
}

INSTANTIATE_TEST_SUITE_P(Collectors, Golden, testing::ValuesIn(all_cases()), [](const auto& param) {
  auto name = param.param.collector() + "_" + param.param.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

class Collectors : public testing::TestWithParam<const CollectorInfo*> {};

TEST_P(Collectors, HasACaseThatGivesMetrics) {
  const auto cases = all_cases();
  EXPECT_TRUE(std::any_of(cases.begin(), cases.end(),
                          [](const Case& c) {
                            const auto golden = read_file(c.folder() + ".prom");
                            return c.info == GetParam() && golden &&
                                   golden->find("# TYPE ") != std::string::npos;
                          }))
      << kFixtures << "/" << GetParam()->name;
}

TEST_P(Collectors, HasACaseThatIsRefused) {
  const auto cases = all_cases();
  EXPECT_TRUE(std::any_of(cases.begin(), cases.end(),
                          [](const Case& c) {
                            const auto golden = read_file(c.folder() + ".prom");
                            return c.info == GetParam() && golden &&
                                   golden->find("# TYPE ") == std::string::npos;
                          }))
      << kFixtures << "/" << GetParam()->name;
}

INSTANTIATE_TEST_SUITE_P(All, Collectors,
                         testing::ValuesIn(all_collectors().begin(), all_collectors().end()),
                         [](const auto& param) { return std::string(param.param->name); });

}  // namespace
}  // namespace serverpulse::exporter
