// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Tls: the one TLS configuration (our own SSL_CTX) of a listener. Where it comes from (the web
// configuration file, read again when it or a certificate changes) the server does not know.
#pragma once

struct ssl_ctx_st;

namespace serverpulse::http {

/// Thread rule: loop thread.
class TlsSource {
 public:
  virtual ~TlsSource() = default;
  /// The context for the next connection: an SSL_CTX*, with a reference the caller gives back
  /// (SSL_CTX_free). Null: this listener speaks plain HTTP.
  [[nodiscard]] virtual ssl_ctx_st* context() = 0;
};

}  // namespace serverpulse::http
