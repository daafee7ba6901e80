// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/help.h"

#include <algorithm>
#include <vector>

#include "base/fields.h"
#include "config/resolve.h"

namespace serverpulse::config {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::string_view kCollector = "collector";

// `text` in lines of kColumns, each indented.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = 0;
  for (Fields words(text); words.more();) {
    const auto word = words.word();
    if (column != 0 && column + 1 + word.size() > kColumns) {
      out += '\n';
      column = 0;
    }
    if (column == 0) {
      out.append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

std::string placeholder(const Option& option) {
  switch (option.kind) {
    case Kind::boolean:
      return {};
    case Kind::text:
      return "=TEXT";
    case Kind::texts:
      return "=TEXT ...";
    case Kind::integer:
      return "=NUMBER";
    case Kind::duration:
      return "=DURATION";
    case Kind::pattern:
      return "=REGEX";
    case Kind::choice:
      break;
  }
  std::string out = "=";
  for (const auto word : option.choices) {
    if (out.size() > 1) out += '|';
    out += word;
  }
  return out;
}

void append_option(std::string& out, const Option& option) {
  const bool boolean = option.kind == Kind::boolean;
  out += boolean ? "  --[no-]" : "  --";
  out += std::string(option.name) + placeholder(option) + "\n";
  std::string text(option.help);
  if (option.kind == Kind::texts) text += " Can be given several times.";
  if (boolean) {
    text += option.initial == "true" ? " Default: on." : " Default: off.";
  } else if (!option.initial.empty()) {
    text += " Default: " + std::string(option.initial);
  }
  append_wrapped(out, text, 8);
}

// web of web.listen-address; collector.cpu of collector.cpu and of collector.cpu.info, but
// collector of collector.timeout.
std::string_view group_of(const Option& option) {
  const auto first = option.name.substr(0, option.name.find('.'));
  if (first != kCollector) return first;
  const auto second = option.name.find('.', first.size() + 1);
  if (second == std::string_view::npos && !option.has_own_map) return first;
  return option.name.substr(0, second);
}

std::vector<std::string_view> groups_of(std::span<const Option> options) {
  std::vector<std::string_view> groups;
  for (const auto& option : options) {
    if (option.hidden) continue;
    const auto group = group_of(option);
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  std::stable_partition(groups.begin(), groups.end(),
                        [](std::string_view group) { return !group.starts_with(kCollector); });
  return groups;
}

void append_deprecated(std::string& out, std::span<const Option> options) {
  std::string text;
  for (const auto& option : options) {
    if (option.hidden) append_option(text, option);
    if (option.former.empty()) continue;
    text += option.kind == Kind::boolean ? "  --[no-]" : "  --";
    text += std::string(option.former) + placeholder(option) + "\n        Now --" +
            std::string(option.name) + ".\n";
  }
  if (!text.empty()) out += "\nDeprecated, still accepted:\n" + text;
}

}  // namespace

std::string help(const HelpPage& page) {
  std::string out = "Usage: " + std::string(page.program);
  if (!page.commands.empty()) out += " [COMMAND]";
  out += " [FLAG ...]\n\n";
  append_wrapped(out, page.summary, 0);
  if (!page.commands.empty()) out += "\nCommands:\n";
  for (const auto& command : page.commands) {
    out += "  " + std::string(command.name) + "\n";
    append_wrapped(out, command.help, 8);
  }
  out += "\nGeneral:\n  -h, --help\n        Show this text.\n";
  out += "  --version\n        Show the version.\n";
  for (const auto group : groups_of(page.options)) {
    out += "\n" + std::string(group) + ":\n";
    for (const auto& option : page.options) {
      if (!option.hidden && group_of(option) == group) append_option(out, option);
    }
  }
  append_deprecated(out, page.options);
  if (!page.options.empty()) {
    const auto& example = page.options.front();
    out += '\n';
    append_wrapped(out,
                   "Every flag is also an environment variable and a key of the file that "
                   "--config.file names: --" +
                       std::string(example.name) + " is " + variable_of(example) + " and " +
                       key_of(example) +
                       ". A flag goes before the environment, the environment before the file.",
                   0);
  }
  return out;
}

}  // namespace serverpulse::config
