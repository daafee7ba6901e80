// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The names by which Go's crypto/tls calls versions, cipher suites and curves, since those are the
// names that users of web configuration files know, and what OpenSSL calls the same things
// (openssl-ciphers(1), SSL_CTX_set1_groups_list(3)). Only the suites that Go's CipherSuites()
// returns are known; those of InsecureCipherSuites() (RC4, 3DES, RSA key exchange, CBC with
// SHA-256) are refused by name, as they are upstream.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace serverpulse::http {

/// Values are those on the wire (RFC 8446, 4.1.2), which are also OpenSSL's TLSx_VERSION.
enum class TlsVersion : std::uint16_t {
  tls10 = 0x0301,
  tls11 = 0x0302,
  tls12 = 0x0303,
  tls13 = 0x0304,
};

struct CipherSuite {
  std::string_view name;     ///< Go's and IANA's.
  std::string_view openssl;  ///< In a cipher list.
  bool tls13;                ///< One of TLS 1.3, where the suites cannot be chosen, as in Go.
};

struct Curve {
  std::string_view name;     ///< Go's.
  std::string_view openssl;  ///< In a groups list.
};

/// All that are known, in the order of preference when none are configured.
[[nodiscard]] std::span<const CipherSuite> cipher_suites();
[[nodiscard]] std::span<const Curve> curves();

/// Each by its Go name; pointers live for ever. Errors quote what was found and list the known.
Result<TlsVersion> find_tls_version(std::string_view name);
Result<const CipherSuite*> find_cipher_suite(std::string_view name);
Result<const Curve*> find_curve(std::string_view name);

}  // namespace serverpulse::http
