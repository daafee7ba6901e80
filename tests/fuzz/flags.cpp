// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Any bytes as a command line, an argument a line; lines of the form NAME=value are the environment
// instead. All of it is parsed and resolved over a table with every kind of option, and each line
// is read as a duration and as a text with variables. What must hold: nothing throws, no error is
// empty or shows bytes that are not text, what is accepted reads back, and nothing reads a file.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/utf8.h"
#include "config/resolve.h"
#include "config/substitute.h"

namespace {

using namespace serverpulse;
using config::Kind;

constexpr std::string_view kWords[] = {"debug", "info"};
constexpr config::Option kTable[] = {
    {"a", Kind::boolean, "true", "", {}, {}, false, true, true},
    {"a.text", Kind::text, "t", "", {}, "old.text", false, false, true},
    {"a.number", Kind::integer, "1", ""},
    {"a.wait", Kind::duration, "5s", "", {}, {}, false, false, true},
    {"a.pattern", Kind::pattern, "", ""},
    {"a.list", Kind::texts, "x", "", {}, {}, false, false, true},
    {"a.choice", Kind::choice, "info", "", kWords, {}, true},
};

void require(bool holds) {
  if (!holds) std::abort();
}

void judge(std::string_view message) {
  require(!message.empty() && is_utf8(message));
  for (const char c : message) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

void judge(const config::Resolution& out) {
  for (const auto& error : out.errors) judge(error);
  for (const auto& warning : out.warnings) judge(warning);
  const config::Settings defaults(kTable);
  for (const auto& option : kTable) {
    require(!out.settings.where(option.name).empty());
    require(out.settings.agrees(out.settings, option.name));
    const bool given = out.settings.origin(option.name) != config::Origin::initial;
    require(given || out.settings.agrees(defaults, option.name));
  }
  require(out.settings.duration("a.wait").count() >= 0);
  const auto& word = out.settings.text("a.choice");
  require(word == kWords[0] || word == kWords[1]);
  require(config::changed_fixed_options(kTable, out.settings, out.settings).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> arguments;
  config::Environment environment;
  for (const auto line : Lines(text)) {
    const auto equals = line.find('=');
    if (equals != std::string_view::npos && !line.starts_with('-')) {
      environment.emplace(line.substr(0, equals), line.substr(equals + 1));
    } else {
      arguments.push_back(line);
    }
    const auto duration = config::parse_duration(line);
    if (!duration) judge(duration.error().message);
    if (duration) require(duration->count() >= 0);
  }
  const auto flags = config::parse_flags(kTable, arguments);
  require(flags.given.size() <= arguments.size());
  judge(config::resolve(kTable, flags, environment));
  for (const auto line : Lines(text)) {
    const auto put_in = config::substitute(line, environment);
    if (!put_in) judge(put_in.error().message);
    if (put_in && line.find("${") == std::string_view::npos) require(*put_in == line);
  }
  return 0;
}
