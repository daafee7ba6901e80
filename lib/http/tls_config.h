// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// From a TlsConfig to OpenSSL's SSL_CTX: the one TLS configuration behind every listener. What Go
// would do is done: its client certificate policies, its default suites and curves; besides that
// as little as possible: HTTP/1.1 by ALPN, no compression, no renegotiation, buffers given back
// while a connection idles, no session cache. Source: SSL_CTX_new(3) and its neighbours.
//
// Surprising: a client certificate's names are checked in the verification of the chain, so no
// later layer can forget to. Where certificates are verified, sessions are not resumed: a
// certificate that expired or whose name was taken off the list stops working at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/web_config.h"

struct ssl_ctx_st;

namespace serverpulse::http {

struct FreeTlsContext {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeTlsContext>;

/// The PEM texts of a TlsConfig, from its files or from itself. The destructor wipes the key.
struct TlsMaterial {
  std::string certificate;
  std::string key;
  std::string client_ca;  ///< Empty: none configured.

  TlsMaterial() = default;
  TlsMaterial(TlsMaterial&&) = default;
  TlsMaterial& operator=(TlsMaterial&&) = default;
  ~TlsMaterial();
};

/// The files that a TlsConfig names.
[[nodiscard]] std::vector<std::string> tls_files(const TlsConfig& config);

/// Reads those files, each at most 1 MiB. Errors name the key and the path.
Result<TlsMaterial> read_tls_material(const TlsConfig& config);

/// Errors say which of the three texts is wrong and why, in OpenSSL's words. Thread rule: any.
Result<TlsContext> make_tls_context(const TlsConfig& config, const TlsMaterial& material);

/// One more reference to `context`, for TlsSource::context().
[[nodiscard]] ssl_ctx_st* share(const TlsContext& context);

/// What an operator should know about a configuration that works: certificates that have expired
/// or expire within a week (`now`: seconds since the epoch), protocols that are broken, policies
/// that verify nothing. A sentence each.
[[nodiscard]] std::vector<std::string> tls_warnings(const TlsConfig& config,
                                                    const TlsContext& context, std::int64_t now);

}  // namespace serverpulse::http
