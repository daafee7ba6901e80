// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Spelling a response's head. Names of days and months are English whatever the locale.
#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "http/text.h"

namespace serverpulse::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr std::array kPhrases{
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{206, "Partial Content"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{303, "See Other"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{411, "Length Required"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{417, "Expectation Failed"},
    Phrase{422, "Unprocessable Content"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
};

/// Fields that are the server's to set.
bool is_ours(std::string_view name) {
  for (const std::string_view ours :
       {"Content-Length", "Transfer-Encoding", "Connection", "Date"}) {
    if (same_name(name, ours)) return true;
  }
  return false;
}

bool is_sound_field(std::string_view name, std::string_view value) {
  return is_token(name) && is_field_value(value);
}

bool sets(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& field) { return same_name(field.first, name); });
}

void add(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool is_sound(const Response& response) {
  if (response.status < 200 || response.status > 599) return false;
  return std::all_of(response.headers.begin(), response.headers.end(),
                     [](const auto& field) { return is_sound_field(field.first, field.second); });
}

bool has_content(int status) {
  return status != 204 && status != 304;
}

std::string response_head(const Response& response, const Wire& wire) {
  std::string out;
  out.reserve(256);
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason_phrase(response.status)).append("\r\n");
  add(out, "Date", http_date(wire.now));
  if (has_content(response.status)) {
    add(out, "Content-Length", std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers) {
    if (!is_ours(name)) add(out, name, value);
  }
  if (wire.extra != nullptr) {
    for (const auto& [name, value] : *wire.extra) {
      if (is_ours(name) || !is_sound_field(name, value) || sets(response, name)) continue;
      add(out, name, value);
    }
  }
  if (!wire.keep_alive) {
    add(out, "Connection", "close");
  } else if (wire.http_1_0) {
    add(out, "Connection", "keep-alive");
  }
  out.append("\r\n");
  return out;
}

std::string_view reason_phrase(int status) {
  const auto* const found = std::find_if(kPhrases.begin(), kPhrases.end(),
                                         [&](const Phrase& p) { return p.status == status; });
  return found == kPhrases.end() ? std::string_view("Unknown") : found->text;
}

std::string http_date(std::chrono::system_clock::time_point when) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                                 kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                                 utc.tm_hour, utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

}  // namespace serverpulse::http
