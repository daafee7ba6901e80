// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The file of --web.config.file, in the format of the Prometheus exporter-toolkit: TLS, response
// headers, basic authentication, rate limit. Parsed strictly into a plain struct; nothing is
// opened, resolved or hashed here. docs/web-config.md is its reference.
//
// Surprising: a tls_server_config that names neither certificate, key, client CA nor client policy
// means plain HTTP, whatever else it says, because so it does upstream.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/tls_names.h"

namespace serverpulse::http {

/// Go's tls.ClientAuthType, in its order: from `verify_if_given` on, chains are verified.
enum class ClientAuth : std::uint8_t {
  none,                ///< NoClientCert: no certificate is asked for.
  request,             ///< RequestClientCert: asked for; none, or any, is accepted.
  require_any,         ///< RequireAnyClientCert, RequireClientCert: any certificate at all.
  verify_if_given,     ///< VerifyClientCertIfGiven: none, or one that a client CA vouches for.
  require_and_verify,  ///< RequireAndVerifyClientCert: one that a client CA vouches for.
};

/// tls_server_config. A file wins over the inline text of the same thing, as upstream.
struct TlsConfig {
  std::string cert, key, client_ca;                 ///< PEM; empty: not given.
  std::string cert_file, key_file, client_ca_file;  ///< Paths; empty: not given.
  ClientAuth client_auth = ClientAuth::none;
  /// Each an exact DNS name, IP address, e-mail address or URI; empty: any name will do.
  std::vector<std::string> client_allowed_sans;
  TlsVersion min_version = TlsVersion::tls12;
  TlsVersion max_version = TlsVersion::tls13;
  std::vector<const CipherSuite*> cipher_suites;  ///< Empty: the default ones.
  bool prefer_server_cipher_suites = true;
  std::vector<const Curve*> curve_preferences;  ///< Empty: the default ones.

  bool operator==(const TlsConfig&) const = default;
};

/// rate_limit: `burst` requests at once, then one each `interval`. An interval of 0: no limit.
struct RateLimit {
  std::chrono::nanoseconds interval{0};
  std::int64_t burst = 0;

  bool operator==(const RateLimit&) const = default;
};

struct WebConfig {
  std::optional<TlsConfig> tls;                              ///< Without: plain HTTP.
  std::optional<bool> http2;                                 ///< As written; has no effect.
  std::vector<std::pair<std::string, std::string>> headers;  ///< Of every response.
  std::map<std::string, std::string, std::less<>> users;     ///< Name to bcrypt hash.
  RateLimit rate_limit;
};

/// Parses the file's text; `file` is its name, for errors and for the directory that relative
/// paths are relative to. Errors say file, line, key path, what was wanted and what was found, but
/// never quote a key or a password hash.
Result<WebConfig> parse_web_config(std::string_view text, const std::string& file);

}  // namespace serverpulse::http
