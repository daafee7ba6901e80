// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// For every subset of options set by flag, environment and file the strongest source wins, and
// Settings knows which it was.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/fields.h"
#include "config/resolve.h"
#include "temp_file.h"

namespace serverpulse::config {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
constexpr Option kTable[] = {
    {"web.telemetry-path", Kind::text, "/metrics", ""},
    {"web.max-requests", Kind::integer, "40", ""},
    {"web.systemd-socket", Kind::boolean, "false", ""},
    {"log.level", Kind::choice, "info", "", kLevels},
    {"collector.timeout", Kind::duration, "5s", ""},
    {"collector.cpu", Kind::boolean, "true", "", {}, {}, false, true},
    {"collector.cpu.flags-include", Kind::pattern, "", ""},
    {"web.listen-address", Kind::texts, ":9100", ""},
    {"config.file", Kind::text, "", ""},
};
constexpr std::size_t kOptions = std::size(kTable) - 1;  // without config.file

std::string any_text(std::string_view alphabet) {
  return *rc::gen::container<std::string>(rc::gen::elementOf(std::string(alphabet)));
}

std::string any_value(const Option& option) {
  switch (option.kind) {
    case Kind::boolean:
      return *rc::gen::arbitrary<bool>() ? "true" : "false";
    case Kind::integer:
      return std::to_string(*rc::gen::arbitrary<std::int64_t>());
    case Kind::duration:
      return std::to_string(*rc::gen::inRange(0, 100000)) + "ms";
    case Kind::choice:
      return std::string(*rc::gen::elementOf(kLevels));
    case Kind::text:
      return any_text("aZ0_/:.'\"#{}[]&*!|>%@-= ");
    case Kind::texts:
      return any_text("aZ0:.[]") + "x";
    case Kind::pattern:
      break;
  }
  return any_text("abc019_^$.");
}

using Values = std::map<const Option*, std::string>;

// A value for each option of a random subset.
Values any_subset() {
  Values values;
  for (std::size_t i = 0; i < kOptions; ++i) {
    if (*rc::gen::arbitrary<bool>()) values[&kTable[i]] = any_value(kTable[i]);
  }
  return values;
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

// Nested maps of the keys: sorted, so that those of one map follow each other.
std::string yaml_of(const Values& values) {
  std::map<std::vector<std::string>, std::string> paths;
  for (const auto& [option, value] : values) {
    const auto key = key_of(*option);
    std::vector<std::string> words;
    for (Fields fields(key, '.'); fields.more();) words.emplace_back(fields.word());
    paths[words] = value;
  }
  std::string out;
  std::vector<std::string> last;
  for (const auto& [words, value] : paths) {
    const auto same = static_cast<std::size_t>(
        std::mismatch(words.begin(), words.end(), last.begin(), last.end()).first - words.begin());
    for (std::size_t i = same; i < words.size(); ++i) {
      out += std::string(i * 2, ' ') + words[i] + ":";
      out += i + 1 == words.size() ? " " + single_quoted(value) + "\n" : "\n";
    }
    last = words;
  }
  return out;
}

// The value in one spelling, whatever its kind.
std::string value_in(const Settings& settings, const Option& option) {
  switch (option.kind) {
    case Kind::boolean:
      return settings.boolean(option.name) ? "true" : "false";
    case Kind::integer:
      return std::to_string(settings.integer(option.name));
    case Kind::duration:
      return std::to_string(settings.duration(option.name) / 1ms) + "ms";
    case Kind::texts:
      return testing::PrintToString(settings.texts(option.name));
    case Kind::text:
    case Kind::pattern:
    case Kind::choice:
      break;
  }
  return settings.text(option.name);
}

RC_GTEST_PROP(Settings, Property6_EnvironmentOverridesFile, ()) {
  const Values flags = any_subset();
  const Values variables = any_subset();
  const Values keys = any_subset();

  const TempFile file(yaml_of(keys));
  std::vector<std::string> words{"--config.file=" + file.path()};
  for (const auto& [option, value] : flags)
    words.push_back("--" + std::string(option->name) + "=" + value);
  const std::vector<std::string_view> arguments(words.begin(), words.end());
  Environment environment;
  for (const auto& [option, value] : variables) environment[variable_of(*option)] = value;

  const auto out = resolve(kTable, parse_flags(kTable, arguments), environment);

  RC_ASSERT(out.errors == std::vector<std::string>{});
  RC_ASSERT(out.warnings == std::vector<std::string>{});
  for (const auto& option : std::span(kTable).first(kOptions)) {
    std::string want(option.initial);
    auto origin = Origin::initial;
    for (const auto& [source, values] :
         {std::pair{Origin::file, &keys}, std::pair{Origin::environment, &variables},
          std::pair{Origin::flag, &flags}}) {
      const auto found = values->find(&option);
      if (found == values->end()) continue;
      want = found->second;
      origin = source;
    }
    auto wanted = Settings(kTable);
    wanted.set(option.name, *Settings::parse(option, want, origin));
    RC_ASSERT(value_in(out.settings, option) == value_in(wanted, option));
    RC_ASSERT(out.settings.origin(option.name) == origin);
  }
}

}  // namespace
}  // namespace serverpulse::config
