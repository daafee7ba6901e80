// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "tests/http/handshake.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace serverpulse::http::test {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;

std::string last_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "" : reason;
}

int note_authorities(SSL* ssl, void* data) {
  const auto* const names = SSL_get0_peer_CA_list(ssl);
  *static_cast<int*>(data) = names == nullptr ? 0 : sk_X509_NAME_num(names);
  return 1;
}

std::unique_ptr<SSL_CTX, FreeContext> client_context(const Client& client, int& authorities) {
  std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), client.min_version);
  SSL_CTX_set_max_proto_version(context.get(), client.max_version);
  SSL_CTX_set_cert_cb(context.get(), note_authorities, &authorities);
  if (!client.ciphers.empty()) SSL_CTX_set_cipher_list(context.get(), client.ciphers.c_str());
  if (!client.groups.empty()) SSL_CTX_set1_groups_list(context.get(), client.groups.c_str());
  if (client.identity != nullptr) {
    SSL_CTX_use_certificate(context.get(), client.identity->certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), client.identity->key.get());
  }
  return context;
}

// Both ends take turns until each is through or the server refuses.
bool negotiate(SSL* server, SSL* client, Outcome& out) {
  bool server_done = false;
  bool client_done = false;
  for (int turn = 0; turn < 20 && !(server_done && client_done); ++turn) {
    if (!client_done) client_done = SSL_do_handshake(client) == 1;
    ERR_clear_error();
    const int result = server_done ? 1 : SSL_do_handshake(server);
    server_done = result == 1;
    if (result != 1 && SSL_get_error(server, result) != SSL_ERROR_WANT_READ) {
      out.why = last_error();
      char byte = 0;
      if (client_done ? SSL_read(client, &byte, 1) <= 0 : SSL_do_handshake(client) != 1) {
        out.alert = last_error();
      }
      return false;
    }
    ERR_clear_error();
  }
  return server_done && client_done;
}

bool exchange_bytes(SSL* server, SSL* client) {
  char byte = 0;
  return SSL_write(client, "?", 1) == 1 && SSL_read(server, &byte, 1) == 1 && byte == '?' &&
         SSL_write(server, "!", 1) == 1 && SSL_read(client, &byte, 1) == 1 && byte == '!';
}

void describe(SSL* server, SSL* client, Outcome& out) {
  out.version = SSL_get_version(server);
  out.cipher = SSL_get_cipher_name(server);
  const int group = static_cast<int>(SSL_get_negotiated_group(client));
  out.group = group == 0 ? "" : OBJ_nid2sn(group);
  const unsigned char* alpn = nullptr;
  unsigned int length = 0;
  SSL_get0_alpn_selected(client, &alpn, &length);
  out.alpn.assign(reinterpret_cast<const char*>(alpn), length);
  char name[64] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(client)),
                            NID_commonName, name, sizeof name);
  out.server_name = name;
  out.verified =
      SSL_get0_peer_certificate(server) != nullptr && SSL_get_verify_result(server) == X509_V_OK;
  out.resumed = SSL_session_reused(server) == 1;
  out.session.reset(SSL_get1_session(client));
}

}  // namespace

void FreeSession::operator()(ssl_session_st* session) const {
  SSL_SESSION_free(session);
}

Outcome shake_hands(ssl_ctx_st* server_context, const Client& wanted) {
  Outcome out;
  ERR_clear_error();
  const auto context = client_context(wanted, out.client_authorities);
  const SslPtr server(SSL_new(server_context));
  const SslPtr client(SSL_new(context.get()));
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  if (wanted.session != nullptr) SSL_set_session(client.get(), wanted.session);
  if (!wanted.alpn.empty()) {
    SSL_set_alpn_protos(client.get(), reinterpret_cast<const unsigned char*>(wanted.alpn.data()),
                        static_cast<unsigned int>(wanted.alpn.size()));
  }
  BIO* server_end = nullptr;
  BIO* client_end = nullptr;
  BIO_new_bio_pair(&server_end, 65536, &client_end, 65536);
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set_bio(client.get(), client_end, client_end);
  if (!negotiate(server.get(), client.get(), out)) return out;
  if (!exchange_bytes(server.get(), client.get())) {
    out.why = "no bytes passed";
    return out;
  }
  out.accepted = true;
  describe(server.get(), client.get(), out);
  SSL_shutdown(client.get());  // A session cut off is not resumed.
  SSL_shutdown(server.get());
  return out;
}

}  // namespace serverpulse::http::test
