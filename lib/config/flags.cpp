// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/flags.h"

#include <algorithm>
#include <optional>

#include "base/fields.h"
#include "config/suggest.h"

namespace serverpulse::config {
namespace {

std::string dashed(std::string_view name) {
  return "--" + std::string(name);
}

class Parser {
 public:
  Parser(std::span<const Option> options, std::span<const std::string_view> arguments)
      : options_(options), arguments_(arguments) {}

  Flags run() {
    while (next_ < arguments_.size()) take(arguments_[next_++]);
    return std::move(flags_);
  }

 private:
  void take(std::string_view argument) {
    if (argument == "-h" || argument == "--help") {
      flags_.help = true;
    } else if (argument == "--version") {
      flags_.version = true;
    } else if (argument.starts_with("--") && argument.size() > 2) {
      argument.remove_prefix(2);
      const auto equals = argument.find('=');
      std::optional<std::string_view> value;
      if (equals != std::string_view::npos) value = argument.substr(equals + 1);
      flag(argument.substr(0, equals), value);
    } else if (argument.starts_with('-') && argument.size() > 2 && argument != "--") {
      wrong(excerpt(argument) + ": want two dashes, as in " + excerpt("-" + std::string(argument)));
    } else {
      wrong(excerpt(argument) + ": want a flag (--name or --name=value), found another argument");
    }
  }

  void flag(std::string_view name, std::optional<std::string_view> value) {
    if (const auto* option = find(name)) {
      if (option->kind == Kind::boolean) {
        give(*option, name, value.value_or("true"));
      } else if (value || (value = next_value(name))) {
        give(*option, name, *value);
      }
      return;
    }
    if (name.starts_with("no-")) {
      if (const auto* option = find(name.substr(3))) {
        negated(*option, name, value.has_value());
        return;
      }
    }
    unknown(name);
  }

  void negated(const Option& option, std::string_view name, bool has_value) {
    if (option.kind != Kind::boolean) {
      wrong(dashed(name) + ": only a switch can be negated, and " + dashed(option.name) +
            " takes a value");
    } else if (has_value) {
      wrong(dashed(name) + ": want no value after a negated switch");
    } else {
      give(option, name, "false");
    }
  }

  // The argument after a flag that was given without "=".
  std::optional<std::string_view> next_value(std::string_view name) {
    if (next_ == arguments_.size()) {
      wrong(dashed(name) + ": want a value, found the end of the command line");
      return std::nullopt;
    }
    const auto argument = arguments_[next_];
    if (argument.size() > 1 && argument.starts_with('-')) {
      wrong(dashed(name) + ": want a value, found the flag " + excerpt(argument) + " (" +
            dashed(name) + "=… takes a value that begins with a dash)");
      return std::nullopt;
    }
    ++next_;
    return argument;
  }

  void give(const Option& option, std::string_view name, std::string_view value) {
    const bool repeated = std::any_of(flags_.given.begin(), flags_.given.end(),
                                      [&](const auto& other) { return other.option == &option; });
    if (repeated && option.kind != Kind::texts) {
      wrong(dashed(name) + ": given twice");
      return;
    }
    if (!option.former.empty() && name.ends_with(option.former)) {
      flags_.warnings.push_back(dashed(name) + ": is now called " + dashed(option.name));
    }
    flags_.given.push_back({&option, std::string(value), dashed(name)});
  }

  void unknown(std::string_view name) {
    std::vector<std::string> negations;
    negations.reserve(options_.size());
    std::vector<std::string_view> known{"help", "version"};
    for (const auto& option : options_) {
      known.push_back(option.name);
      if (option.kind != Kind::boolean) continue;
      known.push_back(negations.emplace_back("no-" + std::string(option.name)));
    }
    const auto near = nearest(name, known);
    wrong(
        excerpt(dashed(name)) + ": unknown flag" +
        (near.empty() ? "; --help lists those there are" : ", did you mean " + dashed(near) + "?"));
  }

  [[nodiscard]] const Option* find(std::string_view name) const {
    for (const auto& option : options_) {
      if (option.name == name || (!option.former.empty() && option.former == name)) return &option;
    }
    return nullptr;
  }

  void wrong(std::string message) { flags_.errors.push_back(std::move(message)); }

  std::span<const Option> options_;
  std::span<const std::string_view> arguments_;
  std::size_t next_ = 0;
  Flags flags_;
};

}  // namespace

Result<Invocation> split_verb(std::span<const Command> commands,
                              std::span<const std::string_view> arguments) {
  Invocation out;
  if (!arguments.empty() && !arguments.front().starts_with('-')) {
    std::vector<std::string_view> names;
    for (const auto& command : commands) names.push_back(command.name);
    out.verb = arguments.front();
    if (std::find(names.begin(), names.end(), out.verb) == names.end()) {
      return fail("unknown command " + excerpt(out.verb) + suggestion(out.verb, names));
    }
    arguments = arguments.subspan(1);
  }
  out.arguments.assign(arguments.begin(), arguments.end());
  return out;
}

Flags parse_flags(std::span<const Option> options, std::span<const std::string_view> arguments) {
  return Parser(options, arguments).run();
}

}  // namespace serverpulse::config
