// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/tls_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/fields.h"

namespace serverpulse::http {
namespace {

constexpr std::array kSuites{
    CipherSuite{"TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", true},
    CipherSuite{"TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", true},
    CipherSuite{"TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", true},
    CipherSuite{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", false},
    CipherSuite{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", false},
    CipherSuite{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", false},
    CipherSuite{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", false},
    CipherSuite{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
                false},
    CipherSuite{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305",
                false},
    CipherSuite{"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA", false},
    CipherSuite{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA", false},
    CipherSuite{"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA", false},
    CipherSuite{"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA", false},
};

constexpr std::array<std::string_view, 12> kInsecure{
    "TLS_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
};

constexpr std::array kCurves{
    Curve{"X25519", "X25519"},
    Curve{"CurveP256", "P-256"},
    Curve{"CurveP384", "P-384"},
    Curve{"CurveP521", "P-521"},
};

struct Version {
  std::string_view name;
  TlsVersion version;
};
constexpr std::array kVersions{
    Version{"TLS13", TlsVersion::tls13},
    Version{"TLS12", TlsVersion::tls12},
    Version{"TLS11", TlsVersion::tls11},
    Version{"TLS10", TlsVersion::tls10},
};

template <class Table>
auto find(const Table& table, std::string_view name) {
  return std::find_if(table.begin(), table.end(),
                      [&](const auto& row) { return row.name == name; });
}

// "unknown <kind> "x": want one of a, b, c"
template <class Table>
tl::unexpected<Error> unknown(std::string_view kind, std::string_view name, const Table& table) {
  std::string message = "unknown " + std::string(kind) + " " + excerpt(name) + ": want one of ";
  for (const auto& row : table) {
    if (&row != table.data()) message += ", ";
    message += row.name;
  }
  return fail(std::move(message));
}

}  // namespace

std::span<const CipherSuite> cipher_suites() {
  return kSuites;
}
std::span<const Curve> curves() {
  return kCurves;
}

Result<TlsVersion> find_tls_version(std::string_view name) {
  const auto found = find(kVersions, name);
  if (found == kVersions.end()) return unknown("TLS version", name, kVersions);
  return found->version;
}

Result<const CipherSuite*> find_cipher_suite(std::string_view name) {
  if (std::find(kInsecure.begin(), kInsecure.end(), name) != kInsecure.end()) {
    return fail("cipher " + std::string(name) + " is insecure and not offered");
  }
  const auto found = find(kSuites, name);
  if (found == kSuites.end()) return unknown("cipher", name, kSuites);
  return &*found;
}

Result<const Curve*> find_curve(std::string_view name) {
  const auto found = find(kCurves, name);
  if (found == kCurves.end()) return unknown("curve", name, kCurves);
  return &*found;
}

}  // namespace serverpulse::http
