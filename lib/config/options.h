// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// An Option is one thing a user can set; Settings are all of them resolved. A table of options is
// the single source for the flags, --help, the keys of the configuration file and the environment:
//
//   option      collector.netdev.device-exclude
//   flag        --collector.netdev.device-exclude=^veth
//   file        collector: {netdev: {device_exclude: "^veth"}}
//   environment SERVERPULSE_COLLECTOR_NETDEV_DEVICE_EXCLUDE=^veth
//
// Order: flag, then environment, then file, then default. A boolean flag also has --no-<name>.
// A collector's own switch `collector.<name>` is `collector: {<name>: {enabled: …}}` in the file
// and SERVERPULSE_COLLECTOR_<NAME>_ENABLED in the environment.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace serverpulse::config {

enum class Kind : std::uint8_t {
  boolean,   ///< true, false
  text,      ///< any string
  integer,   ///< decimal, 64 bits
  duration,  ///< Prometheus's: 5s, 1m30s, 100ms
  pattern,   ///< a regular expression of RE2; empty: not set
  texts,     ///< a flag given several times, a list in the file, commas in the environment
  choice,    ///< one of a few words
};

/// One row of a table. The strings live as long as the table, which is as long as the program.
struct Option {
  std::string_view name;
  Kind kind;
  std::string_view initial;  ///< The default, as a user would write it.
  std::string_view help;     ///< One sentence.
  /// The words of a choice.
  std::span<const std::string_view> choices = {};
  /// A former name in full (collector.netclass_rtnl.with-stats), still taken as a flag, with a
  /// warning; it is no key or variable.
  std::string_view former = {};
  /// Better not used: at the end of --help, with the former names.
  bool hidden = false;
  /// Its key in the file is `enabled` below its name, where its own options stand too.
  bool has_own_map = false;
  /// Takes effect only when the program starts: a reload keeps the old value.
  bool fixed = false;
};

enum class Origin : std::uint8_t { initial, file, environment, flag };

/// Every option's value. Immutable once resolved, so any thread may read.
class Settings {
 public:
  struct Value {
    Kind kind = Kind::text;
    Origin origin = Origin::initial;
    bool boolean = false;
    std::int64_t integer = 0;
    std::chrono::nanoseconds duration{0};
    std::string text;
    std::vector<std::string> texts;
    /// Where the user gave it, for errors: `exporter.yml:3: web.max_requests`,
    /// SERVERPULSE_WEB_MAX_REQUESTS, --web.max-requests.
    std::string where;
  };

  /// Parses `raw` as the option's kind. Errors say what was wanted and quote what was found; the
  /// caller adds where it stood (flag, variable, file and line).
  static Result<Value> parse(const Option& option, std::string_view raw, Origin origin);

  /// All options at their defaults. REQUIRES: the defaults are well-formed, names differ.
  explicit Settings(std::span<const Option> options);

  /// A value that says not where it was given leaves that as it is. REQUIRES: the option exists.
  void set(std::string_view name, Value value);
  [[nodiscard]] bool has(std::string_view name) const;

  /// REQUIRES of each: the option exists and is of that kind (text() also takes a pattern
  /// and a choice).
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] std::chrono::nanoseconds duration(std::string_view name) const;
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& texts(std::string_view name) const;
  [[nodiscard]] Origin origin(std::string_view name) const;
  /// What an error about the value begins with. Of a default, the flag.
  [[nodiscard]] const std::string& where(std::string_view name) const;
  /// Whether both have the same value, wherever each came from. REQUIRES: both have the option.
  [[nodiscard]] bool agrees(const Settings& other, std::string_view name) const;

 private:
  [[nodiscard]] const Value& at(std::string_view name) const;
  [[nodiscard]] const Value& at(std::string_view name, Kind kind) const;
  std::map<std::string, Value, std::less<>> values_;
};

/// The settings below a prefix, such as "collector.netdev.". Cheap to copy; the Settings outlive
/// it.
class Options {
 public:
  Options(const Settings& settings, std::string prefix)
      : settings_(&settings), prefix_(std::move(prefix)) {}
  [[nodiscard]] bool boolean(std::string_view name) const { return settings_->boolean(full(name)); }
  [[nodiscard]] std::int64_t integer(std::string_view name) const {
    return settings_->integer(full(name));
  }
  [[nodiscard]] std::chrono::nanoseconds duration(std::string_view name) const {
    return settings_->duration(full(name));
  }
  [[nodiscard]] const std::string& text(std::string_view name) const {
    return settings_->text(full(name));
  }
  [[nodiscard]] const std::vector<std::string>& texts(std::string_view name) const {
    return settings_->texts(full(name));
  }
  /// Whether the user set it, in any way.
  [[nodiscard]] bool given(std::string_view name) const {
    return settings_->origin(full(name)) != Origin::initial;
  }

 private:
  [[nodiscard]] std::string full(std::string_view name) const {
    return prefix_ + std::string(name);
  }
  const Settings* settings_;
  std::string prefix_;
};

/// The names of the fixed options whose values differ, in the order of the table: after a reload,
/// what needs a restart. REQUIRES: both have every option of the table.
[[nodiscard]] std::vector<std::string_view> changed_fixed_options(std::span<const Option> options,
                                                                  const Settings& before,
                                                                  const Settings& now);

/// Prometheus's durations (1y 1w 1d 1h 1m 1s 1ms in that order), "0", and Go's "1.5s", "250us".
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// A size in bytes: "512MiB" (B, KiB, MiB, GiB, TiB) or a bare number. MB and its like are refused,
/// since half of the world reads them as powers of 1000 and the other half as powers of 1024.
Result<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace serverpulse::config
