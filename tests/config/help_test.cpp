// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/help.h"

#include <gtest/gtest.h>

#include <array>

#include "base/fields.h"

namespace serverpulse::config {
namespace {

constexpr std::array<std::string_view, 2> kLevels{"info", "debug"};
constexpr Option kTable[] = {
    {"collector.cpu", Kind::boolean, "true", "Time of each CPU.", {}, {}, false, true},
    {"collector.cpu.flags-include", Kind::pattern, "", "CPU flags to tell."},
    {"collector.timeout", Kind::duration, "5s", "Dead-line of one collector."},
    {"web.listen-address", Kind::texts, ":9100", "Address to listen on."},
    {"log.level", Kind::choice, "info", "Least severe level that is logged.", kLevels},
    {"log.secret", Kind::text, "", "Better not used.", {}, {}, true},
    {"web.max-requests", Kind::integer, "40", "Scrapes at once.", {}, "web.most"},
    {"collector.arp", Kind::boolean, "false", "Entries of the ARP table.", {}, {}, false, true},
};
constexpr Command kCommands[] = {{"check-config", "Checks and exits."}};
constexpr std::string_view kSummary = "A program.";

TEST(Help, IsGroupedAndComplete) {
  EXPECT_EQ(help({"prog", kSummary, kCommands, kTable}),
            R"(Usage: prog [COMMAND] [FLAG ...]

A program.

Commands:
  check-config
        Checks and exits.

General:
  -h, --help
        Show this text.
  --version
        Show the version.

web:
  --web.listen-address=TEXT ...
        Address to listen on. Can be given several times. Default: :9100
  --web.max-requests=NUMBER
        Scrapes at once. Default: 40

log:
  --log.level=info|debug
        Least severe level that is logged. Default: info

collector.cpu:
  --[no-]collector.cpu
        Time of each CPU. Default: on.
  --collector.cpu.flags-include=REGEX
        CPU flags to tell.

collector:
  --collector.timeout=DURATION
        Dead-line of one collector. Default: 5s

collector.arp:
  --[no-]collector.arp
        Entries of the ARP table. Default: off.

Deprecated, still accepted:
  --log.secret=TEXT
        Better not used.
  --web.most=NUMBER
        Now --web.max-requests.

Every flag is also an environment variable and a key of the file that --config.file names:
--collector.cpu is SERVERPULSE_COLLECTOR_CPU_ENABLED and collector.cpu.enabled. A flag goes before
the environment, the environment before the file.
)");
}

TEST(Help, WrapsAtAHundredColumns) {
  const std::string words = [] {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "word ";
    return text;
  }();
  const Option table[] = {{"a.b", Kind::text, "", words}};
  const auto text = help({"prog", words, {}, table});
  for (const auto line : Lines(text)) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Help, HiddenOptionsMakeNoGroupOfTheirOwn) {
  const Option table[] = {{"runtime.gomaxprocs", Kind::integer, "1", "None.", {}, {}, true}};
  EXPECT_EQ(help({"prog", kSummary, {}, table}).find("runtime:"), std::string::npos);
}

TEST(Help, OmitsCommandsWhereThereAreNone) {
  EXPECT_EQ(help({"prog", kSummary, {}, {}}), R"(Usage: prog [FLAG ...]

A program.

General:
  -h, --help
        Show this text.
  --version
        Show the version.
)");
}

}  // namespace
}  // namespace serverpulse::config
