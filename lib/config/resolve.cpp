// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/resolve.h"

#include <algorithm>

#include "base/fields.h"
#include "base/pattern.h"
#include "config/suggest.h"

namespace serverpulse::config {
namespace {

constexpr std::string_view kFileOption = "config.file";

std::string with_underscores(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

// One level of the file's keys, made from the names of the options.
struct Keys {
  std::string key;
  const Option* option = nullptr;  // none where a map stands
  std::vector<Keys> below;

  Keys& at(std::string_view name) {
    for (auto& keys : below) {
      if (keys.key == name) return keys;
    }
    below.push_back({std::string(name), nullptr, {}});
    return below.back();
  }
};

Keys keys_of(std::span<const Option> options) {
  Keys top;
  for (const auto& option : options) {
    const auto path = key_of(option);
    if (path.empty()) continue;
    Keys* keys = &top;
    for (Fields words(path, '.'); words.more();) keys = &keys->at(words.word());
    keys->option = &option;
  }
  return top;
}

template <class T>
Result<Settings::Value> put(Result<T> parsed, Settings::Value value, T Settings::Value::*member) {
  if (!parsed) return fail(parsed);
  value.*member = std::move(*parsed);
  return value;
}

Result<Settings::Value> value_of(const Option& option, const Node& node) {
  Settings::Value value;
  value.kind = option.kind;
  value.origin = Origin::file;
  switch (option.kind) {
    case Kind::boolean:
      return put(node.boolean(), std::move(value), &Settings::Value::boolean);
    case Kind::integer:
      return put(node.integer(), std::move(value), &Settings::Value::integer);
    case Kind::duration:
      return put(node.duration(), std::move(value), &Settings::Value::duration);
    case Kind::texts:
      if (node.is_null()) return node.wrong("want a list, found nothing");
      return put(node.texts(), std::move(value), &Settings::Value::texts);
    case Kind::text:
    case Kind::pattern:
    case Kind::choice:
      break;
  }
  const auto text = node.text();
  if (!text) return fail(text);
  auto parsed = Settings::parse(option, *text, Origin::file);
  if (!parsed) return node.wrong(parsed.error().message);
  return parsed;
}

class Resolver {
 public:
  Resolver(std::span<const Option> options, const Flags& flags, const Environment& environment)
      : options_(options),
        flags_(flags),
        environment_(environment),
        out_{Settings(options), flags.errors, flags.warnings} {}

  Resolution run(std::span<const Section> sections) {
    const auto path = file_path();  // from the flag or the variable: neither is read yet
    if (!path.value.empty()) read_file(path, sections);
    read_environment();
    read_flags();
    return std::move(out_);
  }

 private:
  struct Path {
    std::string value;
    std::string origin;  // the flag or variable that says so
  };

  [[nodiscard]] const Option* find(std::string_view name) const {
    const auto found = std::find_if(options_.begin(), options_.end(),
                                    [&](const Option& o) { return o.name == name; });
    return found == options_.end() ? nullptr : &*found;
  }

  [[nodiscard]] Path file_path() const {
    const auto* option = find(kFileOption);
    if (option == nullptr) return {};
    for (const auto& given : flags_.given) {
      if (given.option == option) return {given.value, given.spelled};
    }
    const auto variable = environment_.find(variable_of(*option));
    if (variable != environment_.end()) return {variable->second, variable->first};
    return {std::string(option->initial), "--" + std::string(kFileOption)};
  }

  void read_file(const Path& path, std::span<const Section> sections) {
    const auto document = Document::load(path.value, &environment_);
    if (!document) {
      const bool unread = document.error().message.starts_with(path.value + ": ");
      wrong((unread ? path.origin + ": " : "") + document.error().message);
      return;
    }
    Map top(document->root());
    read_keys(top, keys_of(options_));
    for (const auto& section : sections) {
      if (const auto node = top.child(section.key)) top.add(section.read(*node));
    }
    if (const auto status = top.finish(); !status) wrong(status.error().message);
  }

  void read_keys(Map& map, const Keys& keys) {
    for (const auto& next : keys.below) {
      const auto node = map.child(next.key);
      if (!node) continue;
      if (next.option == nullptr) {
        Map below(*node);
        read_keys(below, next);
        map.add(below.finish());
      } else if (auto value = value_of(*next.option, *node)) {
        value->where = node->where();
        out_.settings.set(next.option->name, std::move(*value));
      } else {
        map.add(fail(value));
      }
    }
  }

  void read_environment() {
    std::vector<std::string> names;
    for (const auto& option : options_) {
      const auto& name = names.emplace_back(variable_of(option));
      const auto found = environment_.find(name);
      if (found != environment_.end()) put(option, found->second, Origin::environment, name);
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    for (const auto& [name, value] : environment_) {
      if (!name.starts_with(kVariablePrefix)) continue;
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      const auto near = nearest(name, known);
      out_.warnings.push_back(excerpt(name) +
                              ": is set in the environment, and no option is called so" +
                              (near.empty() ? "" : "; did you mean " + std::string(near) + "?"));
    }
  }

  void read_flags() {
    std::map<const Option*, Settings::Value> lists;
    for (const auto& given : flags_.given) {
      if (given.option->kind == Kind::texts) {
        auto& list = lists[given.option];
        list.texts.push_back(given.value);
        list.where = given.spelled;
      } else {
        put(*given.option, given.value, Origin::flag, given.spelled);
      }
    }
    for (auto& [option, value] : lists) {
      value.kind = Kind::texts;
      value.origin = Origin::flag;
      out_.settings.set(option->name, std::move(value));
    }
  }

  void put(const Option& option, std::string_view raw, Origin origin, std::string_view where) {
    auto value = Settings::parse(option, raw, origin);
    if (value) {
      value->where = std::string(where);
      out_.settings.set(option.name, std::move(*value));
    } else {
      wrong(std::string(where) + ": " + value.error().message);
    }
  }

  // A message of several lines is several errors.
  void wrong(std::string_view message) {
    for (const auto line : Lines(message)) out_.errors.emplace_back(line);
  }

  std::span<const Option> options_;
  const Flags& flags_;
  const Environment& environment_;
  Resolution out_;
};

}  // namespace

std::string key_of(const Option& option) {
  if (option.name.starts_with("config.")) return {};
  auto key = with_underscores(option.name);
  return option.has_own_map ? key + ".enabled" : key;
}

std::string variable_of(const Option& option) {
  auto name = std::string(kVariablePrefix) + with_underscores(option.name);
  if (option.has_own_map) name += "_enabled";
  for (auto& c : name) {
    if (c == '.') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

Environment environment_of(const char* const* entries) {
  Environment environment;
  for (; entries != nullptr && *entries != nullptr; ++entries) {
    const std::string_view entry(*entries);
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return environment;
}

Resolution resolve(std::span<const Option> options, const Flags& flags,
                   const Environment& environment, std::span<const Section> sections) {
  return Resolver(options, flags, environment).run(sections);
}

}  // namespace serverpulse::config
