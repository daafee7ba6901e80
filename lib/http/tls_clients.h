// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What a listener asks of its clients' certificates: Go's five policies and the list of allowed
// names, as the verification of an SSL_CTX (SSL_CTX_set_cert_verify_callback(3)).
//
// Surprising: a certificate that is accepted without verification (RequestClientCert,
// RequireAnyClientCert) leaves SSL_get_verify_result() at "certificate not trusted", so whoever
// wants the name of a verified client must look there first.
#pragma once

#include <string>

#include "base/result.h"
#include "http/web_config.h"

struct ssl_ctx_st;

namespace serverpulse::http {

/// `authorities`: PEM of the client CAs; used if `config` names any, else the system's are trusted,
/// as Go does. Errors start with `what`.
Status set_client_policy(ssl_ctx_st* context, const TlsConfig& config,
                         const std::string& authorities, const std::string& what);

}  // namespace serverpulse::http
