// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/options.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/fields.h"
#include "exporter/scrape.h"

namespace serverpulse::exporter {
namespace {

using Texts = std::vector<std::string>;

config::Resolution resolved(const std::vector<std::string_view>& arguments,
                            const config::Environment& environment = {}) {
  return resolve_options(config::parse_flags(all_options(), arguments), environment);
}

TEST(ExporterOptions, DefaultsAreThoseOfNodeExporter) {
  const auto out = resolved({});
  EXPECT_EQ(out.errors, Texts{});
  EXPECT_EQ(out.warnings, Texts{});
  const auto& settings = out.settings;
  EXPECT_EQ(settings.texts("web.listen-address"), Texts{":9100"});
  EXPECT_EQ(settings.text("web.telemetry-path"), "/metrics");
  EXPECT_EQ(settings.text("web.config.file"), "");
  EXPECT_EQ(settings.integer("web.max-requests"), 40);
  EXPECT_FALSE(settings.boolean("web.disable-exporter-metrics"));
  EXPECT_FALSE(settings.boolean("web.systemd-socket"));
  EXPECT_EQ(settings.text("log.level"), "info");
  EXPECT_EQ(settings.text("log.format"), "logfmt");
  EXPECT_EQ(settings.text("path.procfs"), "/proc");
  EXPECT_EQ(settings.text("path.sysfs"), "/sys");
  EXPECT_EQ(settings.text("path.rootfs"), "/");
  EXPECT_EQ(settings.text("path.udev.data"), "/run/udev/data");
  EXPECT_FALSE(settings.boolean("collector.disable-defaults"));
}

TEST(ExporterOptions, DefaultsOfOurOwn) {
  const auto out = resolved({});
  EXPECT_EQ(out.settings.duration("collector.timeout"), std::chrono::seconds(5));
  EXPECT_FALSE(out.settings.boolean("web.created-lines"));
  EXPECT_EQ(out.settings.text("config.file"), "");
  EXPECT_FALSE(out.settings.boolean("config.check"));
}

TEST(ExporterOptions, NamesVariablesAndKeysAreUnique) {
  std::set<std::string> names;
  std::set<std::string> variables;
  std::set<std::string> keys;
  for (const auto& option : all_options()) {
    EXPECT_TRUE(names.emplace(option.name).second) << option.name;
    EXPECT_TRUE(option.former.empty() || names.emplace(option.former).second) << option.former;
    EXPECT_TRUE(variables.insert(config::variable_of(option)).second) << option.name;
    const auto key = config::key_of(option);
    EXPECT_TRUE(key.empty() || keys.insert(key).second) << option.name;
  }
}

TEST(ExporterOptions, NoKeyStandsWhereAnotherHasItsMap) {
  std::set<std::string> keys;
  for (const auto& option : all_options()) keys.insert(config::key_of(option));
  for (const auto& key : keys) {
    for (auto dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1)) {
      EXPECT_FALSE(keys.contains(key.substr(0, dot))) << key;
    }
  }
}

TEST(ExporterOptions, EveryOptionHasAOneSentenceHelp) {
  for (const auto& option : all_options()) {
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_EQ(option.help.find('\n'), std::string_view::npos) << option.name;
  }
}

TEST(ExporterOptions, HelpShowsEveryFlagAndTheDeprecatedOnesLast) {
  const auto text = help();
  const auto deprecated = text.find("\nDeprecated, still accepted:\n");
  ASSERT_NE(deprecated, std::string::npos);
  for (const auto& option : all_options()) {
    const std::string dashes = option.kind == config::Kind::boolean ? "  --[no-]" : "  --";
    const auto at = text.find(dashes + std::string(option.name));
    ASSERT_NE(at, std::string::npos) << option.name;
    EXPECT_EQ(at > deprecated, option.hidden) << option.name;
    if (option.former.empty()) continue;
    EXPECT_NE(text.find(dashes + std::string(option.former), deprecated), std::string::npos);
  }
}

TEST(ExporterOptions, NetclassRtnlIsTakenAsNodeExporterSpellsIt) {
  const auto out =
      resolved({"--collector.netclass.netlink", "--collector.netclass_rtnl.with-stats"});
  EXPECT_EQ(out.errors, Texts{});
  EXPECT_EQ(out.warnings, Texts{"--collector.netclass_rtnl.with-stats: is now called "
                                "--collector.netclass.rtnl-with-stats"});
  EXPECT_TRUE(out.settings.boolean("collector.netclass.rtnl-with-stats"));
}

TEST(ExporterOptions, TheDocumentationDescribesEveryOwnOption) {
  std::ifstream in(SERVERPULSE_SOURCE_DIR "/docs/configuration.md");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  for (const auto& option : own_options()) {
    const auto row = text.find("| `" + std::string(option.name) + "` |");
    ASSERT_NE(row, std::string::npos) << option.name << " has no row in docs/configuration.md";
    const auto line = text.substr(row, text.find('\n', row) - row);
    EXPECT_EQ(line.find("*Fixed at start.*") != std::string::npos, option.fixed) << option.name;
  }
}

// The blocks between ```yaml and ``` of the documentation, each as a file.
TEST(ExporterOptions, TheExamplesOfTheDocumentationAreValid) {
  std::ifstream in(SERVERPULSE_SOURCE_DIR "/docs/configuration.md");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  constexpr std::string_view kBegin = "\n```yaml\n";
  int examples = 0;
  for (auto at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at + 1)) {
    const auto begin = at + kBegin.size();
    const auto path = testing::TempDir() + "example" + std::to_string(::getpid()) + ".yml";
    std::ofstream(path) << text.substr(begin, text.find("\n```", begin) - begin) << '\n';
    EXPECT_EQ(resolved({"--config.file", path}, {{"SECRET_PREFIX", "s"}}).errors, Texts{});
    std::filesystem::remove(path);
    ++examples;
  }
  EXPECT_EQ(examples, 2);
}

TEST(ExporterOptions, RefusalsAreGolden) {
  EXPECT_EQ(resolved({"--web.telemetry-path=metrics"}).errors,
            Texts{"--web.telemetry-path: want a path that begins with /, found \"metrics\""});
  EXPECT_EQ(resolved({}, {{"SERVERPULSE_PATH_PROCFS", ""}}).errors,
            Texts{"SERVERPULSE_PATH_PROCFS: want a path, found \"\""});
  EXPECT_EQ(resolved({"--web.max-requests=-1"}).errors,
            Texts{"--web.max-requests: want a whole number from 0, found \"-1\""});
  EXPECT_EQ(resolved({"--collector.timeout=0"}).errors,
            Texts{"--collector.timeout: want a duration longer than 0, found none"});
  EXPECT_EQ(resolved({}, {{"SERVERPULSE_WEB_LISTEN_ADDRESS", ""}}).errors,
            Texts{"SERVERPULSE_WEB_LISTEN_ADDRESS: want an address, found none"});
  EXPECT_EQ(resolved({"--log.level=loud"}).errors,
            Texts{"--log.level: want debug, info, warn or error, found \"loud\""});
  EXPECT_EQ(resolved({"--log.format=xml"}).errors,
            Texts{"--log.format: want logfmt or json, found \"xml\""});
}

// A file's text resolved alone; its path is written FILE in the errors.
Texts errors_of_file(std::string_view text, const config::Environment& environment = {}) {
  const auto path = testing::TempDir() + "options" + std::to_string(::getpid()) + ".yml";
  std::ofstream(path) << text;
  auto errors = resolved({"--config.file", path}, environment).errors;
  std::filesystem::remove(path);
  for (auto& error : errors) {
    if (error.starts_with(path)) error.replace(0, path.size(), "FILE");
  }
  return errors;
}

TEST(ExporterOptions, RefusalsOfTheFileTellTheLine) {
  EXPECT_EQ(errors_of_file("web:\n  telemetry_path: m\n  max_requests: -4\ncollector:\n"
                           "  timeout: 0\npath:\n  procfs: ''\n"),
            (Texts{"FILE:2: web.telemetry_path: want a path that begins with /, found \"m\"",
                   "FILE:7: path.procfs: want a path, found \"\"",
                   "FILE:3: web.max_requests: want a whole number from 0, found \"-4\"",
                   "FILE:5: collector.timeout: want a duration longer than 0, found none"}));
}

TEST(ExporterOptions, AnAddressNobodyCouldListenOnIsRefused) {
  EXPECT_EQ(
      resolved({"--web.listen-address=:99999"}).errors,
      Texts{"--web.listen-address: listen address \":99999\": want a port from 0 to 65535, found "
            "\"99999\""});
  EXPECT_EQ(
      resolved({}, {{"SERVERPULSE_WEB_LISTEN_ADDRESS", ":1,9100"}}).errors,
      Texts{"SERVERPULSE_WEB_LISTEN_ADDRESS: listen address \"9100\": want [host]:port, [IPv6 "
            "address]:port or unix:///path"});
  EXPECT_EQ(
      errors_of_file("web:\n  listen_address: [unix://x]\n"),
      Texts{"FILE:2: web.listen_address: listen address \"unix://x\": want an absolute path of "
            "at most 107 bytes"});
}

TEST(ExporterOptions, AnAddressGivenTwiceIsRefusedUnlessItIsAnyFreeOne) {
  EXPECT_EQ(resolved({"--web.listen-address=:1", "--web.listen-address=:1"}).errors,
            Texts{"--web.listen-address: want each address once, found \":1\" twice"});
  EXPECT_EQ(resolved({"--web.listen-address=:0", "--web.listen-address=:0"}).errors, Texts{});
}

TEST(ExporterOptions, ATelemetryPathThatNoRequestCanHaveIsRefused) {
  for (const auto* path : {"/a?b", "/a#b", "/a b", "/a\tb", "/\xc3\xa9"}) {
    EXPECT_EQ(resolved({"--web.telemetry-path", path}).errors,
              Texts{"--web.telemetry-path: want a path of visible ASCII characters without ? and "
                    "#, found " +
                    excerpt(path)});
  }
}

TEST(ExporterOptions, ATelemetryPathOfAnotherPageIsRefused) {
  for (const auto* path : {"/-/healthy", "/-/ready", "/-/reload", "/healthz", "/readyz"}) {
    EXPECT_EQ(resolved({"--web.telemetry-path", path}).errors,
              Texts{"--web.telemetry-path: want a path that is no other page of the exporter, "
                    "found " +
                    excerpt(path)});
  }
}

TEST(ExporterOptions, TheTelemetryPathMayBeTheLandingPage) {
  EXPECT_EQ(resolved({"--web.telemetry-path=/"}).errors, Texts{});
}

TEST(ExporterOptions, NoAddressIsNeededWhereSystemdHandsOverSockets) {
  EXPECT_EQ(resolved({"--web.systemd-socket"}, {{"SERVERPULSE_WEB_LISTEN_ADDRESS", ""}}).errors,
            Texts{});
}

TEST(ExporterOptions, GomaxprocsIsTakenWithAWarning) {
  const auto out = resolved({"--runtime.gomaxprocs=2"});
  EXPECT_EQ(out.errors, Texts{});
  EXPECT_EQ(out.warnings,
            Texts{"--runtime.gomaxprocs: is without effect: this program is not written in Go"});
}

TEST(ExporterOptions, AServiceFileOfNodeExporterIsTaken) {
  const auto out = resolved(
      {"--web.listen-address=127.0.0.1:9100", "--web.listen-address=[::1]:9100",
       "--web.telemetry-path", "/metrics", "--web.max-requests=0", "--web.disable-exporter-metrics",
       "--path.procfs=/host/proc", "--path.sysfs=/host/sys", "--path.rootfs=/host",
       "--log.level=warn", "--log.format=json", "--collector.disable-defaults",
       "--collector.loadavg", "--runtime.gomaxprocs=1"});
  EXPECT_EQ(out.errors, Texts{});
}

TEST(ExporterOptions, CheckConfigIsACommand) {
  const std::vector<std::string_view> arguments{"check-config", "--log.level=debug"};
  EXPECT_EQ(config::split_verb(commands(), arguments)->verb, "check-config");
}

TEST(ExporterOptions, RootsOfTheHostAreSetWithoutATrailingSlash) {
  Host host;
  set_roots(host,
            resolved({"--path.procfs=/h/proc/", "--path.sysfs=sys", "--path.rootfs=//"}).settings);
  EXPECT_EQ(host.proc, "/h/proc");
  EXPECT_EQ(host.sys, "sys");
  EXPECT_EQ(host.root, "/");
  EXPECT_EQ(host.udev, "/run/udev/data");
}

TEST(ExporterOptions, EveryLogLevelAndFormatHasItsValue) {
  EXPECT_EQ(log_level(resolved({"--log.level=debug"}).settings), log::Level::debug);
  EXPECT_EQ(log_level(resolved({"--log.level=info"}).settings), log::Level::info);
  EXPECT_EQ(log_level(resolved({"--log.level=warn"}).settings), log::Level::warn);
  EXPECT_EQ(log_level(resolved({"--log.level=error"}).settings), log::Level::error);
  EXPECT_EQ(log_format(resolved({"--log.format=logfmt"}).settings), log::Format::logfmt);
  EXPECT_EQ(log_format(resolved({"--log.format=json"}).settings), log::Format::json);
}

std::string refusal_of_collectors(const std::vector<std::string_view>& arguments,
                                  const config::Environment& environment) {
  const SystemClock clock;
  const log::Logger logger(clock);
  Host host;
  host.clock = &clock;
  host.logger = &logger;
  const auto out = resolved(arguments, environment);
  EXPECT_EQ(out.errors, Texts{});
  const auto set = CollectorSet::make(all_collectors(), host, out.settings);
  return set ? "was accepted" : set.error().message;
}

TEST(ExporterOptions, EveryRefusalOfACollectorNamesItOnceAndWhereItWasToldSo) {
  EXPECT_EQ(
      refusal_of_collectors(
          {"--collector.disable-defaults", "--collector.arp", "--collector.diskstats",
           "--collector.arp.device-include=a", "--collector.diskstats.device-include=a",
           "--collector.diskstats.device-exclude=b"},
          {{"SERVERPULSE_COLLECTOR_ARP_DEVICE_EXCLUDE", "b"}}),
      "collector.arp: an include and an exclude expression shut each other out: set one of "
      "\"a\" and \"b\" (--collector.arp.device-include, "
      "SERVERPULSE_COLLECTOR_ARP_DEVICE_EXCLUDE)\n"
      "--collector.diskstats.device-include, --collector.diskstats.device-exclude: an include "
      "and an exclude expression shut each other out: set one of \"a\" and \"b\" "
      "(--collector.diskstats.device-exclude, --collector.diskstats.device-include)");
}

// Which of the made-up collectors on_by_default and off_by_default run.
class Idle final : public Collector {
 public:
  explicit Idle(const Host&) {}
  Status collect(metrics::Sink&) override { return {}; }
};
constexpr CollectorInfo kOn{"on_by_default", "", true, make<Idle>};
constexpr CollectorInfo kOff{"off_by_default", "", false, make<Idle>};
constexpr config::Option kSwitches[] = {
    {"collector.on_by_default", config::Kind::boolean, "true", "", {}, {}, false, true},
    {"collector.off_by_default", config::Kind::boolean, "false", "", {}, {}, false, true},
    {"collector.disable-defaults", config::Kind::boolean, "false", ""},
};

bool runs(const CollectorInfo& info, const std::vector<std::string_view>& arguments) {
  const auto out =
      config::resolve(kSwitches, config::parse_flags(kSwitches, arguments), config::Environment{});
  EXPECT_EQ(out.errors, Texts{});
  const CollectorInfo* const infos[] = {&kOn, &kOff};
  const auto set = CollectorSet::make(infos, Host{}, out.settings);
  EXPECT_TRUE(set);
  const Texts name{std::string(info.name)};
  return (*set)->select(name, {}).has_value();
}

TEST(CollectorSwitches, FollowNodeExporter) {
  EXPECT_TRUE(runs(kOn, {}));
  EXPECT_FALSE(runs(kOff, {}));
  EXPECT_FALSE(runs(kOn, {"--no-collector.on_by_default"}));
  EXPECT_TRUE(runs(kOff, {"--collector.off_by_default"}));
}

TEST(CollectorSwitches, DisableDefaultsLeavesWhatIsTurnedOnByName) {
  EXPECT_FALSE(runs(kOn, {"--collector.disable-defaults"}));
  EXPECT_TRUE(runs(kOn, {"--collector.disable-defaults", "--collector.on_by_default"}));
  EXPECT_TRUE(runs(kOn, {"--collector.on_by_default", "--collector.disable-defaults"}));
  EXPECT_TRUE(runs(kOff, {"--collector.disable-defaults", "--collector.off_by_default"}));
}

}  // namespace
}  // namespace serverpulse::exporter
