// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Certificates made on the spot (P-256, valid for a day), so that no test carries a key and none
// expires in the repository.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>

#include "http/tls_pem.h"

namespace serverpulse::http::test {

/// A certificate and its key, as PEM too.
struct Identity {
  X509Ptr certificate;
  KeyPtr key;
  std::string certificate_pem;
  std::string key_pem;
};

struct Wanted {
  std::string name = "localhost";  ///< Common name.
  std::string sans = {};           ///< As in openssl.cnf: "DNS:a,IP:192.0.2.1"; empty: none.
  std::string usage = {};          ///< extendedKeyUsage: "clientAuth"; empty: none.
  bool authority = false;
  long from = -3600;  ///< Seconds from now.
  long to = 86400;
};

/// Signed by `issuer`, or by itself when null.
Identity make_identity(const Wanted& wanted, const Identity* issuer = nullptr);

/// A folder that vanishes with the object.
class TempFolder {
 public:
  TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string path() const { return path_.string(); }
  /// Replaces the file by rename, so that it is never half written and its inode changes.
  void write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

}  // namespace serverpulse::http::test
