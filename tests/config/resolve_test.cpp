// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/resolve.h"

#include <gtest/gtest.h>

#include <array>

#include "temp_file.h"

namespace serverpulse::config {
namespace {

using Texts = std::vector<std::string>;

constexpr std::array<std::string_view, 2> kLevels{"info", "debug"};
constexpr Option kTable[] = {
    {"web.listen-address", Kind::texts, ":9100", ""},
    {"web.telemetry-path", Kind::text, "/metrics", ""},
    {"web.max-requests", Kind::integer, "40", ""},
    {"log.level", Kind::choice, "info", "", kLevels},
    {"collector.cpu", Kind::boolean, "true", "", {}, {}, false, true},
    {"collector.cpu.flags", Kind::pattern, "", ""},
    {"collector.timeout", Kind::duration, "5s", ""},
    {"config.file", Kind::text, "", ""},
};

Resolution resolved(const std::vector<std::string_view>& arguments, const Environment& environment,
                    std::span<const Section> sections = {}) {
  return resolve(kTable, parse_flags(kTable, arguments), environment, sections);
}

// A file's text resolved alone; its path is written FILE in the errors.
struct FromFile {
  explicit FromFile(std::string_view text, const Environment& environment = {},
                    std::span<const Section> sections = {})
      : file(text), out(resolved({"--config.file", file.path()}, environment, sections)) {
    for (auto& error : out.errors) {
      for (auto at = error.find(file.path()); at != std::string::npos;
           at = error.find(file.path())) {
        error.replace(at, file.path().size(), "FILE");
      }
    }
  }
  TempFile file;
  Resolution out;
};

TEST(Resolve, NothingGivenIsTheDefaults) {
  const auto out = resolved({}, {});
  EXPECT_TRUE(out.ok());
  EXPECT_EQ(out.warnings, Texts{});
  EXPECT_EQ(out.settings.text("log.level"), "info");
  EXPECT_EQ(out.settings.origin("log.level"), Origin::initial);
}

TEST(Resolve, KeysAreNamesWithUnderscores) {
  EXPECT_EQ(key_of(kTable[0]), "web.listen_address");
  EXPECT_EQ(key_of(kTable[4]), "collector.cpu.enabled");
  EXPECT_EQ(key_of(kTable[5]), "collector.cpu.flags");
  EXPECT_EQ(key_of(kTable[7]), "");
}

TEST(Resolve, VariablesAreKeysInUpperCase) {
  EXPECT_EQ(variable_of(kTable[0]), "SERVERPULSE_WEB_LISTEN_ADDRESS");
  EXPECT_EQ(variable_of(kTable[4]), "SERVERPULSE_COLLECTOR_CPU_ENABLED");
  EXPECT_EQ(variable_of(kTable[7]), "SERVERPULSE_CONFIG_FILE");
}

TEST(Resolve, EveryKindIsReadFromTheFile) {
  const FromFile file(
      "web:\n  listen_address: [':1', ':2']\n  telemetry_path: /m\n  max_requests: 7\n"
      "log: {level: debug}\n"
      "collector:\n  timeout: 1m\n  cpu:\n    enabled: no\n    flags: ^a\n");
  EXPECT_EQ(file.out.errors, Texts{});
  const auto& settings = file.out.settings;
  EXPECT_EQ(settings.texts("web.listen-address"), (Texts{":1", ":2"}));
  EXPECT_EQ(settings.text("web.telemetry-path"), "/m");
  EXPECT_EQ(settings.integer("web.max-requests"), 7);
  EXPECT_EQ(settings.text("log.level"), "debug");
  EXPECT_EQ(settings.duration("collector.timeout"), std::chrono::minutes(1));
  EXPECT_FALSE(settings.boolean("collector.cpu"));
  EXPECT_EQ(settings.text("collector.cpu.flags"), "^a");
  EXPECT_EQ(settings.origin("collector.cpu"), Origin::file);
}

TEST(Resolve, EveryKindIsReadFromTheEnvironment) {
  const auto out = resolved({}, {{"SERVERPULSE_WEB_LISTEN_ADDRESS", ":1, :2"},
                                 {"SERVERPULSE_WEB_TELEMETRY_PATH", "/m"},
                                 {"SERVERPULSE_WEB_MAX_REQUESTS", "7"},
                                 {"SERVERPULSE_LOG_LEVEL", "debug"},
                                 {"SERVERPULSE_COLLECTOR_CPU_ENABLED", "false"},
                                 {"SERVERPULSE_COLLECTOR_CPU_FLAGS", "^a"},
                                 {"SERVERPULSE_COLLECTOR_TIMEOUT", "1m"}});
  EXPECT_EQ(out.errors, Texts{});
  EXPECT_EQ(out.warnings, Texts{});
  EXPECT_EQ(out.settings.texts("web.listen-address"), (Texts{":1", ":2"}));
  EXPECT_EQ(out.settings.text("web.telemetry-path"), "/m");
  EXPECT_EQ(out.settings.integer("web.max-requests"), 7);
  EXPECT_EQ(out.settings.text("log.level"), "debug");
  EXPECT_FALSE(out.settings.boolean("collector.cpu"));
  EXPECT_EQ(out.settings.text("collector.cpu.flags"), "^a");
  EXPECT_EQ(out.settings.duration("collector.timeout"), std::chrono::minutes(1));
  EXPECT_EQ(out.settings.origin("log.level"), Origin::environment);
}

TEST(Resolve, AListOfFlagsReplacesTheDefaultAndIsNotSplitAtCommas) {
  const auto out = resolved({"--web.listen-address=:1", "--web.listen-address=:2,3"}, {});
  EXPECT_EQ(out.settings.texts("web.listen-address"), (Texts{":1", ":2,3"}));
  EXPECT_EQ(out.settings.origin("web.listen-address"), Origin::flag);
}

TEST(Resolve, TheFileMayBeNamedByTheEnvironment) {
  const TempFile file("log: {level: debug}");
  const auto out = resolved({}, {{"SERVERPULSE_CONFIG_FILE", file.path()}});
  EXPECT_EQ(out.errors, Texts{});
  EXPECT_EQ(out.settings.text("log.level"), "debug");
}

TEST(Resolve, TheFlagNamesTheFileBeforeTheEnvironment) {
  const TempFile file("log: {level: debug}");
  const auto out = resolved({"--config.file", file.path()}, {{"SERVERPULSE_CONFIG_FILE", "/none"}});
  EXPECT_EQ(out.errors, Texts{});
  EXPECT_EQ(out.settings.text("log.level"), "debug");
}

TEST(Resolve, AFileThatIsNotThereIsAnErrorOfWhoNamedIt) {
  EXPECT_EQ(resolved({"--config.file=/none.yml"}, {}).errors,
            Texts{"--config.file: /none.yml: No such file or directory"});
  EXPECT_EQ(resolved({}, {{"SERVERPULSE_CONFIG_FILE", "/none.yml"}}).errors,
            Texts{"SERVERPULSE_CONFIG_FILE: /none.yml: No such file or directory"});
}

TEST(Resolve, AnEmptyFileIsAllowed) {
  EXPECT_EQ(FromFile("# nothing yet\n").out.errors, Texts{});
}

TEST(Resolve, RefusalsOfTheFileAreGolden) {
  EXPECT_EQ(FromFile("web: {lisen_address: x}").out.errors,
            Texts{"FILE:1: web: unknown key \"lisen_address\", did you mean \"listen_address\"?"});
  EXPECT_EQ(FromFile("web: {listen-address: x}").out.errors,
            Texts{"FILE:1: web: unknown key \"listen-address\", did you mean \"listen_address\"?"});
  EXPECT_EQ(FromFile("zebra: 1").out.errors,
            Texts{"FILE:1: unknown key \"zebra\"; known here: web, log, collector"});
  EXPECT_EQ(FromFile("config: {file: x}").out.errors,
            Texts{"FILE:1: unknown key \"config\"; known here: web, log, collector"});
  EXPECT_EQ(FromFile("web: [1]").out.errors, Texts{"FILE:1: web: want a map, found a list"});
  EXPECT_EQ(FromFile("collector: {cpu: true}").out.errors,
            Texts{"FILE:1: collector.cpu: want a map, found \"true\""});
  EXPECT_EQ(FromFile("log:\n  level: loud").out.errors,
            Texts{"FILE:2: log.level: want info or debug, found \"loud\""});
  EXPECT_EQ(FromFile("collector: {cpu: {flags: '('}}").out.errors,
            Texts{"FILE:1: collector.cpu.flags: not a regular expression: \"(\": missing ): ("});
  EXPECT_EQ(FromFile("collector: {timeout: 5}").out.errors,
            Texts{"FILE:1: collector.timeout: want a duration such as 5s, 1m30s or 100ms, found "
                  "\"5\""});
  EXPECT_EQ(FromFile("web: {max_requests: many}").out.errors,
            Texts{"FILE:1: web.max_requests: want a whole number, found \"many\""});
  EXPECT_EQ(FromFile("web: {telemetry_path: }").out.errors,
            Texts{"FILE:1: web.telemetry_path: want text, found nothing"});
  EXPECT_EQ(FromFile("web: {listen_address: }").out.errors,
            Texts{"FILE:1: web.listen_address: want a list, found nothing"});
  EXPECT_EQ(FromFile("web: [").out.errors,
            Texts{"FILE:1:1: not YAML: end of sequence flow not found"});
}

TEST(Resolve, RefusalsNameTheFlag) {
  EXPECT_EQ(resolved({"--log.level=loud"}, {}).errors,
            Texts{"--log.level: want info or debug, found \"loud\""});
  EXPECT_EQ(resolved({"--collector.cpu=maybe"}, {}).errors,
            Texts{"--collector.cpu: want true or false, found \"maybe\""});
}

TEST(Resolve, RefusalsNameTheVariable) {
  EXPECT_EQ(resolved({}, {{"SERVERPULSE_WEB_MAX_REQUESTS", ""}}).errors,
            Texts{"SERVERPULSE_WEB_MAX_REQUESTS: want a whole number, found \"\""});
}

TEST(Resolve, AnUnknownVariableOfOursIsOnlyWarnedAbout) {
  const auto out = resolved({}, {{"SERVERPULSE_LOG_LEVL", "debug"},
                                 {"SERVERPULSE_ZEBRA", "1"},
                                 {"SERVER", "1"},
                                 {"PATH", "/bin"}});
  EXPECT_TRUE(out.ok());
  EXPECT_EQ(
      out.warnings,
      (Texts{"\"SERVERPULSE_LOG_LEVL\": is set in the environment, and no option is called "
             "so; did you mean SERVERPULSE_LOG_LEVEL?",
             "\"SERVERPULSE_ZEBRA\": is set in the environment, and no option is called so"}));
}

TEST(Resolve, WhatIsOverriddenIsCheckedToo) {
  EXPECT_EQ(resolved({"--log.level=debug"}, {{"SERVERPULSE_LOG_LEVEL", "loud"}}).errors,
            Texts{"SERVERPULSE_LOG_LEVEL: want info or debug, found \"loud\""});
}

TEST(Resolve, ErrorsOfEverySourceAreToldTogether) {
  const TempFile file("a: 1\nb: 2\n");
  const auto out = resolved({"--zebra", "--log.level=loud", "--config.file", file.path()},
                            {{"SERVERPULSE_COLLECTOR_TIMEOUT", "x"}});
  EXPECT_EQ(out.errors.size(), 5U);
}

TEST(Resolve, VariablesArePutIntoTheFile) {
  const FromFile file("web: {telemetry_path: '/${SECRET}/$${x}'}", {{"SECRET", "s: \"x"}});
  EXPECT_EQ(file.out.settings.text("web.telemetry-path"), "/s: \"x/${x}");
}

TEST(Resolve, AnUndefinedVariableInTheFileIsRefused) {
  EXPECT_EQ(FromFile("web:\n  telemetry_path: /${NOPE}\n").out.errors,
            Texts{"FILE:2: web.telemetry_path: the environment variable \"NOPE\" is not set; a "
                  "literal ${ is written $${"});
}

TEST(Resolve, AnUndefinedVariableHidesNoOtherErrorOfTheFile) {
  EXPECT_EQ(FromFile("web:\n  telemetry_path: /${NOPE}\n  lisen_address: x\nlog: {level: loud}\n")
                .out.errors,
            (Texts{"FILE:2: web.telemetry_path: the environment variable \"NOPE\" is not set; a "
                   "literal ${ is written $${",
                   "FILE:3: web: unknown key \"lisen_address\", did you mean \"listen_address\"?",
                   "FILE:4: log.level: want info or debug, found \"loud\""}));
}

TEST(Resolve, ASectionReadsItsOwnKey) {
  std::string read;
  const Section sections[] = {{"remote_write", [&](const Node& node) -> Status {
                                 Map map(node.list()->front());
                                 map.get("url", read);
                                 return map.finish();
                               }}};
  EXPECT_EQ(FromFile("remote_write: [{url: 'http://x'}]", {}, sections).out.errors, Texts{});
  EXPECT_EQ(read, "http://x");
  EXPECT_EQ(FromFile("remote_write: [{ulr: 'http://x'}]", {}, sections).out.errors,
            Texts{"FILE:1: remote_write[0]: unknown key \"ulr\", did you mean \"url\"?"});
  EXPECT_EQ(FromFile("remote_wriet: []", {}, sections).out.errors,
            Texts{"FILE:1: unknown key \"remote_wriet\", did you mean \"remote_write\"?"});
}

TEST(Resolve, ASectionThatIsAbsentIsNotRead) {
  bool read = false;
  const Section sections[] = {{"remote_write", [&](const Node&) -> Status {
                                 read = true;
                                 return {};
                               }}};
  EXPECT_EQ(FromFile("log: {level: debug}", {}, sections).out.errors, Texts{});
  EXPECT_FALSE(read);
}

TEST(Resolve, AValueKnowsWhereItWasGiven) {
  const FromFile file("web:\n  max_requests: 7\n");
  EXPECT_EQ(file.out.settings.where("web.max-requests"), file.file.path() + ":2: web.max_requests");
  const auto out = resolved({"--no-collector.cpu", "--web.listen-address=:1"},
                            {{"SERVERPULSE_LOG_LEVEL", "debug"}});
  EXPECT_EQ(out.settings.where("collector.cpu"), "--no-collector.cpu");
  EXPECT_EQ(out.settings.where("web.listen-address"), "--web.listen-address");
  EXPECT_EQ(out.settings.where("log.level"), "SERVERPULSE_LOG_LEVEL");
  EXPECT_EQ(out.settings.where("collector.timeout"), "--collector.timeout");
}

TEST(Environment, IsASnapshotOfTheArray) {
  const char* const entries[] = {"A=1", "B=x=y", "C=", "no equals sign", nullptr};
  EXPECT_EQ(environment_of(entries), (Environment{{"A", "1"}, {"B", "x=y"}, {"C", ""}}));
  EXPECT_EQ(environment_of(nullptr), Environment{});
}

}  // namespace
}  // namespace serverpulse::config
