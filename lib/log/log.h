// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// One logfmt (or JSON) line per event, written whole with one write(2), so that lines of several
// threads never mix. Keys as Go's log/slog spells them: time, level, msg, then the event's own.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace serverpulse::log {

enum class Level : std::uint8_t { debug, info, warn, error };
enum class Format : std::uint8_t { logfmt, json };

struct Field {
  std::string_view key;
  std::string value;
  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  template <class N>
    requires std::is_arithmetic_v<N>
  Field(std::string_view k, N v) : key(k), value(std::to_string(v)) {}
};

/// Thread rule: any thread.
class Logger {
 public:
  /// `fd` is not owned. Standard error by default.
  explicit Logger(const Clock& clock, int fd = 2) : clock_(&clock), fd_(fd) {}

  void set(Level least, Format format) {
    least_.store(least, std::memory_order_relaxed);
    format_.store(format, std::memory_order_relaxed);
  }
  [[nodiscard]] bool enabled(Level level) const {
    return level >= least_.load(std::memory_order_relaxed);
  }

  void debug(std::string_view msg, std::initializer_list<Field> fields = {}) const {
    write(Level::debug, msg, fields);
  }
  void info(std::string_view msg, std::initializer_list<Field> fields = {}) const {
    write(Level::info, msg, fields);
  }
  void warn(std::string_view msg, std::initializer_list<Field> fields = {}) const {
    write(Level::warn, msg, fields);
  }
  void error(std::string_view msg, std::initializer_list<Field> fields = {}) const {
    write(Level::error, msg, fields);
  }

  /// The line as it would be written, with its line end.
  [[nodiscard]] std::string line(Level level, std::string_view msg,
                                 std::initializer_list<Field> fields) const;

 private:
  void write(Level level, std::string_view msg, std::initializer_list<Field> fields) const;

  const Clock* clock_;
  int fd_;
  std::atomic<Level> least_{Level::info};
  std::atomic<Format> format_{Format::logfmt};
};

}  // namespace serverpulse::log
