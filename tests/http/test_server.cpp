// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// A server for tests, and a certificate that lives as long as a test.
#include "tests/http/test_server.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <thread>

namespace serverpulse::http::testing {

SelfSigned::SelfSigned() : context_(::SSL_CTX_new(::TLS_server_method())) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = ::X509_new();
  ::X509_set_version(certificate, 2);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate), -60);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate), 3600);
  ::X509_set_pubkey(certificate, key);
  X509_NAME* const name = ::X509_get_subject_name(certificate);
  const auto* const text = reinterpret_cast<const unsigned char*>("localhost");
  ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  ::X509_set_issuer_name(certificate, name);
  ::X509_sign(certificate, key, ::EVP_sha256());
  ::SSL_CTX_use_certificate(context_, certificate);
  ::SSL_CTX_use_PrivateKey(context_, key);
  ::X509_free(certificate);
  ::EVP_PKEY_free(key);
}

SelfSigned::~SelfSigned() {
  ::SSL_CTX_free(context_);
}

ssl_ctx_st* SelfSigned::context() {
  ::SSL_CTX_up_ref(context_);
  return context_;
}

Router standard_routes() {
  Router router;
  router.add("GET", "/hello", [](const Request&, std::string, Reply reply) {
    reply.send(Response::text(200, "hello\n"));
  });
  router.add(
      "POST", "/echo",
      [](const Request&, std::string body, Reply reply) {
        reply.send(Response{200, {}, std::move(body)});
      },
      1 << 20);
  router.add("GET", "/big", [](const Request&, std::string, Reply reply) {
    reply.send(Response{200, {}, std::string(8 << 20, 'x')});
  });
  router.add("GET", "/throw", [](const Request&, std::string, const Reply&) {
    throw std::runtime_error("a handler of a test throws");
  });
  router.add("GET", "/drop", [](const Request&, std::string, const Reply&) {});
  router.add("GET", "/inject", [](const Request&, std::string, Reply reply) {
    reply.send(Response{200, {{"X-Name", "a\r\nSet-Cookie: b"}}, "never seen\n"});
  });
  return router;
}

TestServer::TestServer(ServerOptions options, Router router, ServerHooks hooks) {
  logger_.set(log::Level::error, log::Format::logfmt);
  if (options.listen.empty()) options.listen = {"127.0.0.1:0"};
  auto server = Server::start(std::move(options), std::move(router), logger_, hooks);
  if (!server) throw std::runtime_error(server.error().message);
  server_ = std::move(*server);
}

void nap() {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace serverpulse::http::testing
