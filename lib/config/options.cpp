// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/options.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "base/fields.h"
#include "base/pattern.h"

namespace serverpulse::config {
namespace {

// A name that no table declares is a mistake in the program, not of its user.
[[noreturn]] void undeclared(std::string_view name) {
  std::fprintf(stderr, "option %.*s is not declared with that kind\n",
               static_cast<int>(name.size()), name.data());
  std::abort();
}

struct Unit {
  std::string_view suffix;
  double nanoseconds;
};
constexpr std::array<Unit, 10> kUnits{{{"y", 31536000e9},
                                       {"w", 604800e9},
                                       {"d", 86400e9},
                                       {"h", 3600e9},
                                       {"m", 60e9},
                                       {"s", 1e9},
                                       {"ms", 1e6},
                                       {"us", 1e3},
                                       {"µs", 1e3},
                                       {"ns", 1}}};

std::string_view take_while(std::string_view& text, bool digits) {
  std::size_t n = 0;
  while (n < text.size() && (((text[n] >= '0' && text[n] <= '9') || text[n] == '.') == digits)) ++n;
  const auto taken = text.substr(0, n);
  text.remove_prefix(n);
  return taken;
}

// "a, b or c"
std::string one_of(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const std::string_view whole = text;
  const auto wrong = [&] {
    return fail("want a duration such as 5s, 1m30s or 100ms, found " + excerpt(whole));
  };
  if (text == "0") return std::chrono::nanoseconds(0);
  double total = 0;
  double last = INFINITY;
  if (text.empty()) return wrong();
  while (!text.empty()) {
    const auto number = parse_number<double>(take_while(text, true));
    const auto suffix = take_while(text, false);
    const Unit* unit = nullptr;
    for (const auto& candidate : kUnits) {
      if (candidate.suffix == suffix) unit = &candidate;
    }
    if (!number || unit == nullptr || unit->nanoseconds >= last) return wrong();
    last = unit->nanoseconds;
    total += *number * unit->nanoseconds;
  }
  if (total > 9e18) return wrong();
  return std::chrono::nanoseconds(static_cast<std::int64_t>(total));
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr std::array<std::string_view, 6> kSuffixes{"", "B", "KiB", "MiB", "GiB", "TiB"};
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number<std::uint64_t>(text.substr(0, digits));
  const auto suffix = std::find(kSuffixes.begin(), kSuffixes.end(), text.substr(digits));
  if (number && suffix != kSuffixes.end()) {
    const auto power = std::max<std::ptrdiff_t>(suffix - kSuffixes.begin(), 1) - 1;
    const auto shift = static_cast<unsigned>(power) * 10U;
    if (*number <= (std::numeric_limits<std::uint64_t>::max() >> shift)) return *number << shift;
  }
  return fail("want a size such as 512MiB (B, KiB, MiB, GiB, TiB), found " + excerpt(text));
}

Result<Settings::Value> Settings::parse(const Option& option, std::string_view raw, Origin origin) {
  Value value;
  value.kind = option.kind;
  value.origin = origin;
  value.text = std::string(raw);
  switch (option.kind) {
    case Kind::boolean:
      if (raw != "true" && raw != "false") return fail("want true or false, found " + excerpt(raw));
      value.boolean = raw == "true";
      break;
    case Kind::integer: {
      const auto number = parse_number<std::int64_t>(raw);
      if (!number) return fail("want a whole number, found " + excerpt(raw));
      value.integer = *number;
      break;
    }
    case Kind::duration: {
      const auto duration = parse_duration(raw);
      if (!duration) return fail(duration);
      value.duration = *duration;
      break;
    }
    case Kind::pattern:
      if (const auto pattern = Pattern::compile(raw); !pattern) return fail(pattern);
      break;
    case Kind::texts:
      for (Fields parts(raw, ','); !raw.empty() && parts.more();) {
        value.texts.emplace_back(trim(parts.word()));
      }
      break;
    case Kind::choice:
      if (std::find(option.choices.begin(), option.choices.end(), raw) == option.choices.end()) {
        return fail("want " + one_of(option.choices) + ", found " + excerpt(raw));
      }
      break;
    case Kind::text:
      break;
  }
  return value;
}

Settings::Settings(std::span<const Option> options) {
  for (const auto& option : options) {
    auto value = parse(option, option.initial, Origin::initial);
    if (!value) undeclared(option.name);
    value->where = "--" + std::string(option.name);
    values_.emplace(option.name, std::move(*value));
  }
}

void Settings::set(std::string_view name, Value value) {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.kind != value.kind) undeclared(name);
  if (value.where.empty()) value.where = std::move(found->second.where);
  found->second = std::move(value);
}

bool Settings::has(std::string_view name) const {
  return values_.find(name) != values_.end();
}

const Settings::Value& Settings::at(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) undeclared(name);
  return found->second;
}

const Settings::Value& Settings::at(std::string_view name, Kind kind) const {
  const auto& value = at(name);
  const bool same =
      value.kind == kind ||
      (kind == Kind::text && (value.kind == Kind::pattern || value.kind == Kind::choice));
  if (!same) undeclared(name);
  return value;
}

bool Settings::boolean(std::string_view name) const {
  return at(name, Kind::boolean).boolean;
}
std::int64_t Settings::integer(std::string_view name) const {
  return at(name, Kind::integer).integer;
}
std::chrono::nanoseconds Settings::duration(std::string_view name) const {
  return at(name, Kind::duration).duration;
}
const std::string& Settings::text(std::string_view name) const {
  return at(name, Kind::text).text;
}
const std::vector<std::string>& Settings::texts(std::string_view name) const {
  return at(name, Kind::texts).texts;
}
Origin Settings::origin(std::string_view name) const {
  return at(name).origin;
}

const std::string& Settings::where(std::string_view name) const {
  return at(name).where;
}

bool Settings::agrees(const Settings& other, std::string_view name) const {
  const auto& one = at(name);
  const auto& two = other.at(name, one.kind);
  switch (one.kind) {
    case Kind::boolean:
      return one.boolean == two.boolean;
    case Kind::integer:
      return one.integer == two.integer;
    case Kind::duration:
      return one.duration == two.duration;
    case Kind::texts:
      return one.texts == two.texts;
    case Kind::text:
    case Kind::pattern:
    case Kind::choice:
      break;
  }
  return one.text == two.text;
}

std::vector<std::string_view> changed_fixed_options(std::span<const Option> options,
                                                    const Settings& before, const Settings& now) {
  std::vector<std::string_view> names;
  for (const auto& option : options) {
    if (option.fixed && !before.agrees(now, option.name)) names.push_back(option.name);
  }
  return names;
}

}  // namespace serverpulse::config
