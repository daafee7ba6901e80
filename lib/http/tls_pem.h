// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Certificates and keys out of PEM texts (RFC 7468), and OpenSSL's errors as ours. Of libcrypto
// only: nothing here knows of connections.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace serverpulse::http {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using X509Ptr = std::unique_ptr<X509, FreeX509>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;

/// "<what>: <the first of OpenSSL's errors>"; empties this thread's queue of its errors.
[[nodiscard]] tl::unexpected<Error> fail_openssl(const std::string& what);

/// Every certificate of `pem`, in order; other blocks are skipped. None is an error. Errors start
/// with `what`.
Result<std::vector<X509Ptr>> read_certificates(std::string_view pem, const std::string& what);

/// The first private key of `pem`, of any kind, not encrypted. Errors start with `what`.
Result<KeyPtr> read_private_key(std::string_view pem, const std::string& what);

/// When it expires, in seconds since the epoch.
[[nodiscard]] std::int64_t expires_at(const X509* certificate);

/// The subject alternative names of the certificate: DNS, e-mail, URI as written, IP addresses in
/// canonical form. Without those that contain a NUL: as C strings they would be shorter ones.
[[nodiscard]] std::vector<std::string> alternative_names(const X509* certificate);

/// Whether one of them equals one of `allowed`, whatever their kinds, as upstream.
[[nodiscard]] bool has_name(const X509* certificate, const std::vector<std::string>& allowed);

}  // namespace serverpulse::http
