// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/tls_config.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "http/tls_clients.h"
#include "http/tls_pem.h"
#include "http/watched_files.h"

namespace serverpulse::http {
namespace {

constexpr std::size_t kPemLimit = std::size_t{1} << 20U;
constexpr std::int64_t kSoon = std::int64_t{7} * 24 * 3600;

// Where a text came from, as the operator wrote it.
std::string origin(std::string_view key, const std::string& file) {
  std::string out = "tls_server_config." + std::string(key);
  return file.empty() ? out : out + "_file " + file;
}

Status use_certificate(SSL_CTX* context, const TlsConfig& config, const TlsMaterial& material) {
  const std::string cert_origin = origin("cert", config.cert_file);
  const auto chain = read_certificates(material.certificate, cert_origin);
  if (!chain) return fail(chain);
  if (SSL_CTX_use_certificate(context, chain->front().get()) != 1) return fail_openssl(cert_origin);
  for (auto link = chain->begin() + 1; link != chain->end(); ++link) {
    if (SSL_CTX_add1_chain_cert(context, link->get()) != 1) return fail_openssl(cert_origin);
  }
  const std::string key_origin = origin("key", config.key_file);
  const auto key = read_private_key(material.key, key_origin);
  if (!key) return fail(key);
  if (SSL_CTX_use_PrivateKey(context, key->get()) != 1) {
    return fail_openssl(key_origin + ": want the key of the certificate");
  }
  return {};
}

// The suites up to TLS 1.2, as OpenSSL's colon-separated list.
std::string cipher_list(const TlsConfig& config) {
  std::string list;
  const auto add = [&list](const CipherSuite& suite) {
    if (suite.tls13) return;
    if (!list.empty()) list += ':';
    list += suite.openssl;
  };
  if (config.cipher_suites.empty()) {
    for (const auto& suite : cipher_suites()) add(suite);
  } else {
    for (const auto* suite : config.cipher_suites) add(*suite);
  }
  return list;
}

// SSL_CTX_set_cipher_list() passes over what it does not know: what was asked for by name and is
// not built into this OpenSSL must not vanish silently.
Status check_ciphers(SSL_CTX* context, const TlsConfig& config) {
  const auto* const have = SSL_CTX_get_ciphers(context);
  for (const auto* wanted : config.cipher_suites) {
    bool found = false;
    for (int i = 0; i < sk_SSL_CIPHER_num(have); ++i) {
      found = found || wanted->openssl == SSL_CIPHER_get_name(sk_SSL_CIPHER_value(have, i));
    }
    if (!found) {
      return fail("tls_server_config.cipher_suites: " + std::string(wanted->name) +
                  " is not built into " + OpenSSL_version(OPENSSL_VERSION));
    }
  }
  return {};
}

Status set_protocol(SSL_CTX* context, const TlsConfig& config) {
  auto least = config.min_version;
  const std::string ciphers = cipher_list(config);
  if (ciphers.empty()) {  // Only suites of TLS 1.3 are listed.
    if (config.max_version < TlsVersion::tls13) {
      return fail("tls_server_config.cipher_suites: want a suite for max_version or older");
    }
    least = TlsVersion::tls13;
  }
  // The MD5 and SHA-1 of TLS 1.0 and 1.1 are below every security level of OpenSSL 3 but 0.
  if (least < TlsVersion::tls12) SSL_CTX_set_security_level(context, 0);
  if (SSL_CTX_set_min_proto_version(context, static_cast<int>(least)) != 1 ||
      SSL_CTX_set_max_proto_version(context, static_cast<int>(config.max_version)) != 1) {
    return fail_openssl("tls_server_config.min_version");
  }
  if (!ciphers.empty() && SSL_CTX_set_cipher_list(context, ciphers.c_str()) != 1) {
    return fail_openssl("tls_server_config.cipher_suites");
  }
  std::string groups;
  const auto add = [&groups](const Curve& curve) {
    if (!groups.empty()) groups += ':';
    groups += curve.openssl;
  };
  if (config.curve_preferences.empty()) {
    for (const auto& curve : curves()) add(curve);
  } else {
    for (const auto* curve : config.curve_preferences) add(*curve);
  }
  if (SSL_CTX_set1_groups_list(context, groups.c_str()) != 1) {
    return fail_openssl("tls_server_config.curve_preferences");
  }
  return check_ciphers(context, config);
}

// RFC 7301: http/1.1 where the client offers it. A client that offers only what is not spoken here
// is refused, except HTTP/1.0, which needs no name.
int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* length,
                    const unsigned char* offered, unsigned int size, void* /*data*/) {
  constexpr std::string_view kSpoken = "http/1.1";
  bool plain = false;
  for (unsigned int at = 0; at < size && at + 1 + offered[at] <= size; at += 1U + offered[at]) {
    const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
    if (name == kSpoken) {
      *out = offered + at + 1;
      *length = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
    plain = plain || name == "http/1.0";
  }
  return plain ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_behaviour(SSL_CTX* context, const TlsConfig& config) {
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (config.prefer_server_cipher_suites) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  } else {
    SSL_CTX_clear_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (config.client_auth == ClientAuth::none) {
    SSL_CTX_set_num_tickets(context, 1);
  } else {
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  }
}

}  // namespace

void FreeTlsContext::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

TlsMaterial::~TlsMaterial() {
  OPENSSL_cleanse(key.data(), key.size());
}

std::vector<std::string> tls_files(const TlsConfig& config) {
  std::vector<std::string> files;
  for (const auto* file : {&config.cert_file, &config.key_file, &config.client_ca_file}) {
    if (!file->empty()) files.push_back(*file);
  }
  return files;
}

Result<TlsMaterial> read_tls_material(const TlsConfig& config) {
  TlsMaterial out;
  struct Part {
    std::string_view key;
    const std::string& file;
    const std::string& text;
    std::string& to;
  };
  const std::array parts{
      Part{"cert_file", config.cert_file, config.cert, out.certificate},
      Part{"key_file", config.key_file, config.key, out.key},
      Part{"client_ca_file", config.client_ca_file, config.client_ca, out.client_ca}};
  for (const auto& part : parts) {
    if (part.file.empty()) {
      part.to = part.text;
      continue;
    }
    auto text = read_whole(part.file, kPemLimit);
    if (!text) {
      return fail("tls_server_config." + std::string(part.key) + ": " + text.error().message);
    }
    part.to = std::move(*text);
  }
  return out;
}

Result<TlsContext> make_tls_context(const TlsConfig& config, const TlsMaterial& material) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail_openssl("tls_server_config");
  set_behaviour(context.get(), config);
  constexpr std::string_view kSessions = "serverpulse";
  SSL_CTX_set_session_id_context(context.get(),
                                 reinterpret_cast<const unsigned char*>(kSessions.data()),
                                 static_cast<unsigned int>(kSessions.size()));
  if (auto done = set_protocol(context.get(), config); !done) return fail(done);
  if (auto done = use_certificate(context.get(), config, material); !done) return fail(done);
  if (auto done = set_client_policy(context.get(), config, material.client_ca,
                                    origin("client_ca", config.client_ca_file));
      !done) {
    return fail(done);
  }
  return context;
}

std::vector<std::string> tls_warnings(const TlsConfig& config, const TlsContext& context,
                                      std::int64_t now) {
  std::vector<std::string> out;
  const std::int64_t left = expires_at(SSL_CTX_get0_certificate(context.get())) - now;
  if (left < 0) {
    out.emplace_back("the certificate has expired");
  } else if (left < kSoon) {
    out.emplace_back("the certificate expires in " + std::to_string(left / 3600) + " hours");
  }
  if (config.min_version < TlsVersion::tls12) {
    out.emplace_back("min_version allows TLS 1.0 or 1.1, which are broken (RFC 8996)");
  }
  const bool verifies = config.client_auth >= ClientAuth::verify_if_given;
  if (verifies && config.client_ca.empty() && config.client_ca_file.empty()) {
    out.emplace_back("no client_ca: any authority the system trusts may vouch for a client");
  }
  if (!verifies && !config.client_allowed_sans.empty()) {
    out.emplace_back("client_allowed_sans proves nothing while client_auth_type verifies nothing");
  }
  return out;
}

ssl_ctx_st* share(const TlsContext& context) {
  SSL_CTX_up_ref(context.get());
  return context.get();
}

}  // namespace serverpulse::http
