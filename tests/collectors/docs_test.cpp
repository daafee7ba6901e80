// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// docs/metrics.md is written from what the collectors are (their help and options), from what they
// gave over their fixture folders, and from what a scrape of the whole program says of itself: so
// it lists what the fixtures have, and a collector without a rich fixture has a poor page.
// SERVERPULSE_UPDATE_GOLDENS=1 rewrites it (`./dev docs`).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <future>
#include <map>
#include <set>

#include "exporter/options.h"
#include "exporter/service.h"
#include "metrics/parse_text.h"
#include "metrics/recording.h"
#include "tests/collectors/fixture_case.h"

namespace serverpulse::exporter {
namespace {

const std::string kPage = std::string(SERVERPULSE_SOURCE_DIR) + "/docs/metrics.md";

constexpr std::string_view kHead =
    "<!-- SPDX-License-Identifier: LicenseRef-ServerPulse -->\n"
    "<!-- Written by ./dev docs from the collectors and their fixtures. -->\n"
    "# Metrics\n\n"
    "Names, types, labels and HELP texts of the collectors are node_exporter's. Where the kernel\n"
    "names the figures (/proc/meminfo, /proc/vmstat and their like), the list shows those of the\n"
    "test fixtures; a host has more or fewer.\n";

struct Entry {
  std::string type;
  std::string help;
  std::set<std::string> labels;
};
using Entries = std::map<std::string, Entry>;  // by name

std::string type_name(metrics::Type type) {
  switch (type) {
    case metrics::Type::counter:
      return "counter";
    case metrics::Type::histogram:
      return "histogram";
    case metrics::Type::summary:
      return "summary";
    case metrics::Type::unknown:
      return "untyped";
    default:
      return "gauge";
  }
}

// A cell of a table: '|' would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

// The same outside of code, where '<' and '*' mean something too.
std::string prose(std::string_view text) {
  std::string out;
  for (const char c : cell(text)) {
    if (c == '<' || c == '*') out += '\\';
    out += c;
  }
  return out;
}

// Whether the kernel's word, not ours, is the last of the HELP: "Memory information field Active."
bool names_a_field(std::string_view help) {
  const auto last = help.rfind(' ');
  if (last == std::string_view::npos) return false;
  const auto before = help.substr(0, last);
  const auto word = before.substr(before.rfind(' ') + 1);
  return word == "field" || word == "statistic" || word == "Statistic" || word == "state";
}

// Every family that the collector gave in any of its cases; those named by the kernel only from
// the case `plain`, since others have names that no kernel gives.
Entries entries_of(const CollectorInfo& info) {
  Entries entries;
  for (const auto& c : all_cases()) {
    if (c.info != &info) continue;
    Workbench bench(c);
    if (!bench.collector()) continue;
    metrics::RecordingSink sink;
    if (!(*bench.collector())->collect(sink)) continue;
    for (const auto& recorded : sink.families()) {
      // What other programs left in text files is theirs to describe.
      if (info.name == "textfile" && !recorded.family.name.starts_with("node_textfile_")) continue;
      const auto help = recorded.family.help.value_or("");
      if (c.name != "plain" && names_a_field(help)) continue;
      auto& entry = entries[recorded.family.name];
      if (entry.help.empty()) entry.help = help;
      entry.type = type_name(recorded.family.type);
      entry.labels.insert(recorded.label_names.begin(), recorded.label_names.end());
    }
  }
  return entries;
}

std::string options_of(const CollectorInfo& info) {
  if (info.options.empty()) return {};
  std::string out = "\n| option | default | meaning |\n|---|---|---|\n";
  for (const auto& option : info.options) {
    if (option.hidden) continue;
    out += "| `--collector." + std::string(info.name) + "." + std::string(option.name) + "` | ";
    if (!option.initial.empty()) out += "`" + cell(option.initial) + "`";
    out += " | " + prose(option.help) + " |\n";
  }
  return out;
}

std::string table(const Entries& entries) {
  if (entries.empty()) return {};
  std::string out = "\n| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& [name, entry] : entries) {
    std::string labels;
    for (const auto& label : entry.labels) labels += (labels.empty() ? "`" : ", `") + label + "`";
    out += "| `" + name + "` | " + entry.type + " | " + labels + " | " + prose(entry.help) + " |\n";
  }
  return out;
}

std::string section(const CollectorInfo& info) {
  std::string out = "\n## " + std::string(info.name) + "\n\n" + std::string(info.help) +
                    (info.enabled ? " On by default.\n" : " Off by default.\n") + options_of(info);
  return out + table(entries_of(info));
}

// A whole scrape by the program as it is, of one collector only.
std::string scrape_of_the_program() {
  const SystemClock clock;
  const log::Logger logger(clock);
  RealKernel kernel;
  Host host;
  host.kernel = &kernel;
  host.clock = &clock;
  host.logger = &logger;
  const config::Settings settings(all_options());
  const http::Stats stats;
  std::promise<std::string> answer;  // outlives the service, whose thread gives it
  auto service = Service::make(settings, host).value();
  service->set_server(stats);
  service->observer()->observe({"/metrics", "GET", 200, {}, 0});
  const std::string only[] = {"loadavg"};
  ScrapeOrder order;
  order.collectors = service->scraper().collectors();
  order.selection = order.collectors->select(only, {}).value();
  order.done = [&](std::string text, std::span<const CollectorOutcome>) {
    answer.set_value(std::move(text));
  };
  service->scraper().submit(std::move(order));
  return answer.get_future().get();
}

constexpr std::string_view kOwnHead =
    "\n## The exporter itself\n\n"
    "In every scrape, whatever is collected. `--web.disable-exporter-metrics` leaves out "
    "`process_*`,\n"
    "`serverpulse_http_*` and `serverpulse_scrape_duration_seconds`.\n";

std::string own_section() {
  Entries entries;
  const auto families = metrics::parse_text(scrape_of_the_program());
  EXPECT_TRUE(families.has_value());
  for (const auto& family : families.value()) {
    if (family.name.starts_with("node_load")) continue;
    auto& entry = entries[family.name];
    entry.help = family.help.value_or("");
    entry.type = type_name(family.type);
    for (const auto& sample : family.samples) {
      for (const auto& label : sample.labels) entry.labels.insert(label.name);
    }
  }
  return std::string(kOwnHead) + table(entries);
}

TEST(Docs, MetricsPageIsWhatTheProgramGives) {
  std::string page(kHead);
  for (const auto* info : all_collectors()) page += section(*info);
  page += own_section();
  if (std::getenv("SERVERPULSE_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(kPage, std::ios::binary) << page;
  }
  const auto committed = read_file(kPage);
  ASSERT_TRUE(committed) << kPage << " is missing: ./dev docs writes it";
  EXPECT_TRUE(page == *committed) << kPage << " is out of date: ./dev docs writes it";
}

}  // namespace
}  // namespace serverpulse::exporter
