// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Reading a certificate's names by OpenSSL.
#include "http/peer_certificate.h"

#include <openssl/ssl.h>

#include <memory>

#include "http/tls_pem.h"

namespace serverpulse::http {
namespace {

struct Release {
  void operator()(BIO* bio) const { ::BIO_free(bio); }
};

std::string subject_of(const X509& certificate) {
  const std::unique_ptr<BIO, Release> bio(::BIO_new(::BIO_s_mem()));
  if (!bio) return {};
  ::X509_NAME_print_ex(bio.get(), ::X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const auto size = ::BIO_get_mem_data(bio.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

void describe_certificate(const ssl_st& ssl, Peer& peer) {
  const X509* const certificate = ::SSL_get0_peer_certificate(&ssl);
  if (certificate == nullptr || ::SSL_get_verify_result(&ssl) != X509_V_OK) return;
  peer.certificate_subject = subject_of(*certificate);
  peer.certificate_names = alternative_names(certificate);
}

}  // namespace serverpulse::http
