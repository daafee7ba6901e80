// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "log/log.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>

#include "base/utf8.h"

namespace serverpulse::log {
namespace {

constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warn", "error"};

std::string timestamp(std::chrono::nanoseconds wall) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(wall).count();
  const std::time_t seconds = ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(ms % 1000));
  return std::string(text.data(), length) + fraction.data();
}

// The string body of JSON, in logfmt too. Bytes that are not UTF-8 become U+FFFD, as in log/slog.
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    const auto length = utf8_sequence(text);
    if (length == 0) {
      out += "\\ufffd";
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text.front();
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\r') {
      out += "\\r";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
      out += escape.data();
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

bool needs_quotes(std::string_view text) {
  if (text.empty() || !is_utf8(text)) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || c == '"' || c == '=' || c == '\\' || byte == 0x7f) return true;
  }
  return false;
}

void append_pair(std::string& out, Format format, std::string_view key, std::string_view value) {
  if (format == Format::json) {
    out += out.empty() ? "{\"" : ",\"";
    append_escaped(out, key);
    out += "\":\"";
    append_escaped(out, value);
    out += '"';
    return;
  }
  if (!out.empty()) out += ' ';
  out += key;
  out += '=';
  if (needs_quotes(value)) {
    out += '"';
    append_escaped(out, value);
    out += '"';
  } else {
    out += value;
  }
}

}  // namespace

std::string Logger::line(Level level, std::string_view msg,
                         std::initializer_list<Field> fields) const {
  std::string out;
  const auto format = format_.load(std::memory_order_relaxed);  // one line, one format
  append_pair(out, format, "time", timestamp(clock_->wall()));
  append_pair(out, format, "level", kNames.at(static_cast<std::size_t>(level)));
  append_pair(out, format, "msg", msg);
  for (const auto& field : fields) append_pair(out, format, field.key, field.value);
  out += format == Format::json ? "}\n" : "\n";
  return out;
}

void Logger::write(Level level, std::string_view msg, std::initializer_list<Field> fields) const {
  if (!enabled(level)) return;
  const auto text = line(level, msg, fields);
  // A log that cannot be written has nobody to tell.
  [[maybe_unused]] const auto written = ::write(fd_, text.data(), text.size());
}

}  // namespace serverpulse::log
