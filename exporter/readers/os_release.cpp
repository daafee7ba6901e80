// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/os_release.h"

#include <chrono>

#include "base/fields.h"

namespace serverpulse::exporter {
namespace {

constexpr std::size_t kMostVariables = 256;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_key(std::string_view key) {
  if (key.empty() || is_digit(key.front())) return false;
  for (const char c : key) {
    const bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' ||
                    c == '.' || c == '/';
    if (!ok) return false;
  }
  return true;
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    default:
      return c;
  }
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

Status unquote(std::string_view raw, std::string& out) {
  out.clear();
  char quote = '\0';
  std::size_t significant = 0;  // what stands before is not blank, or is quoted
  for (std::size_t i = 0; i < raw.size(); ++i) {
    char c = raw[i];
    if (c == quote) {
      quote = '\0';
      significant = out.size();
      continue;
    }
    if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
      continue;
    }
    if (quote == '\0' && c == '#') break;
    if (quote == '"' && c == '\\') {
      if (++i == raw.size()) break;
      c = unescaped(raw[i]);
    }
    out += c;
    if (quote != '\0' || !is_blank(c)) significant = out.size();
  }
  if (quote != '\0') return fail("want a closing quote, found " + excerpt(raw));
  out.resize(significant);
  return {};
}

OsRelease::Variable& OsRelease::variable(std::string_view key) {
  for (std::size_t i = 0; i < used_; ++i) {
    if (variables_[i].key == key) return variables_[i];
  }
  if (used_ == variables_.size()) variables_.emplace_back();
  auto& fresh = variables_[used_++];
  fresh.key = key;
  return fresh;
}

Status OsRelease::parse(std::string_view text, std::string_view where) {
  used_ = 0;
  std::size_t number = 0;
  const auto refuse = [&](std::string_view why) {
    return fail(std::string(where) + ":" + std::to_string(number) + ": " + std::string(why));
  };
  for (auto line : Lines(text)) {
    ++number;
    line = trim(line);
    if (line.empty() || line.front() == '#') continue;
    const auto at = line.find('=');
    auto key = trim(line.substr(0, at));
    if (key.starts_with("export ")) key = trim(key.substr(7));
    if (at == std::string_view::npos || !is_key(key)) {
      return refuse("want KEY=value, found " + excerpt(line));
    }
    if (used_ == kMostVariables) return refuse("want at most 256 variables, found more");
    auto& value = variable(key).value;
    if (const auto done = unquote(trim(line.substr(at + 1)), value); !done) {
      return refuse(done.error().message);
    }
  }
  return {};
}

const std::string& OsRelease::operator[](std::string_view key) const {
  for (std::size_t i = 0; i < used_; ++i) {
    if (variables_[i].key == key) return variables_[i].value;
  }
  return empty_;
}

double leading_version(std::string_view version_id) {
  std::size_t end = 0;
  while (end < version_id.size() && is_digit(version_id[end])) ++end;
  if (end == 0) return 0;
  if (end < version_id.size() && version_id[end] == '.') ++end;
  while (end < version_id.size() && is_digit(version_id[end])) ++end;
  return parse_number<double>(version_id.substr(0, end)).value_or(0);
}

std::optional<double> midnight_of(std::string_view day) {
  if (day.size() != 10 || day[4] != '-' || day[7] != '-') return std::nullopt;
  const auto y = parse_number<unsigned>(day.substr(0, 4));
  const auto m = parse_number<unsigned>(day.substr(5, 2));
  const auto d = parse_number<unsigned>(day.substr(8, 2));
  if (!y || !m || !d) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*y)),
                                         std::chrono::month(*m), std::chrono::day(*d));
  if (!date.ok()) return std::nullopt;
  const auto since = std::chrono::sys_days(date).time_since_epoch();
  return static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(since).count());
}

}  // namespace serverpulse::exporter
