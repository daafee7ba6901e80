// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The value of an Authorization header of the Basic scheme (RFC 7617): base64 of "user:password".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace serverpulse::http {

/// A name and a password as a client sent them. Never logged.
struct Credentials {
  std::string user;
  std::string password;
};

/// Decodes "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==". Strict as Go is: padded base64 without anything
/// else in it, a colon somewhere; the scheme in any case. Otherwise nullopt.
[[nodiscard]] std::optional<Credentials> parse_basic(std::string_view header);

}  // namespace serverpulse::http
