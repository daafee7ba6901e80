// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The head of a response as bytes (RFC 9112, 4 and 6.3). A Response says what it means; where it
// ends and whether the connection stays is the server's to say, so fields a handler set about
// that are left out, and one that could start a second response is refused.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "http/http.h"
#include "http/server.h"

namespace serverpulse::http {

struct Wire {
  bool keep_alive = true;
  bool http_1_0 = false;                ///< The client's version: it must be told of keep-alive.
  const ExtraHeaders* extra = nullptr;  ///< May be null.
  std::chrono::system_clock::time_point now;
};

/// Whether the status is a final one and each field is a token with a value free of control
/// characters. Anything else would let whoever wrote the value write responses.
[[nodiscard]] bool is_sound(const Response& response);

/// Whether a response of that status has content (RFC 9110, 6.4.1), HEAD aside.
[[nodiscard]] bool has_content(int status);

/// From the status line to the empty line. REQUIRES: is_sound(response).
[[nodiscard]] std::string response_head(const Response& response, const Wire& wire);

/// "Not Found" for 404; "Unknown" for what RFC 9110 and RFC 6585 do not name.
[[nodiscard]] std::string_view reason_phrase(int status);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
[[nodiscard]] std::string http_date(std::chrono::system_clock::time_point when);

}  // namespace serverpulse::http
