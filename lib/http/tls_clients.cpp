// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/tls_clients.h"

#include <openssl/ssl.h>

#include <memory>
#include <utility>
#include <vector>

#include "http/tls_pem.h"

namespace serverpulse::http {
namespace {

// What the verification of one SSL_CTX's clients needs; the SSL_CTX owns it as extra data.
struct Policy {
  bool verify_chain;
  std::vector<std::string> names;
};

void free_policy(void* /*parent*/, void* policy, CRYPTO_EX_DATA* /*data*/, int /*index*/,
                 long /*argl*/, void* /*argp*/) {
  delete static_cast<Policy*>(policy);
}

int policy_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_policy);
  return index;
}

// Replaces OpenSSL's own verification of a certificate that a client has sent.
int verify_client(X509_STORE_CTX* store, void* data) {
  const auto& policy = *static_cast<const Policy*>(data);
  if (policy.verify_chain && X509_verify_cert(store) != 1) return 0;
  if (!policy.names.empty() && !has_name(X509_STORE_CTX_get0_cert(store), policy.names)) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);  // Alert bad_certificate, as Go.
    return 0;
  }
  if (!policy.verify_chain) X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
  return 1;
}

Status trust(SSL_CTX* context, const std::string& pem, const std::string& what) {
  const auto authorities = read_certificates(pem, what);
  if (!authorities) return fail(authorities);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  // Go trusts whatever is in the pool, root or not.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  for (const auto& authority : *authorities) {
    if (X509_STORE_add_cert(store, authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return fail_openssl(what);
    }
  }
  return {};
}

}  // namespace

Status set_client_policy(ssl_ctx_st* context, const TlsConfig& config,
                         const std::string& authorities, const std::string& what) {
  if (config.client_auth == ClientAuth::none) return {};
  if (config.client_ca.empty() && config.client_ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return fail_openssl(what);
  } else if (auto trusted = trust(context, authorities, what); !trusted) {
    return trusted;
  }
  const bool required = config.client_auth == ClientAuth::require_any ||
                        config.client_auth == ClientAuth::require_and_verify ||
                        !config.client_allowed_sans.empty();
  auto policy = std::make_unique<Policy>();
  policy->verify_chain = config.client_auth >= ClientAuth::verify_if_given;
  policy->names = config.client_allowed_sans;
  if (SSL_CTX_set_ex_data(context, policy_index(), policy.get()) != 1) return fail_openssl(what);
  SSL_CTX_set_cert_verify_callback(context, verify_client, policy.release());
  SSL_CTX_set_verify(context,
                     required ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER,
                     nullptr);
  return {};
}

}  // namespace serverpulse::http
