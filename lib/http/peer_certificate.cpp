// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Reading a certificate's names by OpenSSL. A name with a NUL inside is left out: whoever compares
// it as a C string would take it for a shorter one.
#include "http/peer_certificate.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

namespace serverpulse::http {
namespace {

struct Release {
  void operator()(BIO* bio) const { ::BIO_free(bio); }
  void operator()(GENERAL_NAMES* names) const { ::GENERAL_NAMES_free(names); }
};

std::string subject_of(const X509& certificate) {
  const std::unique_ptr<BIO, Release> bio(::BIO_new(::BIO_s_mem()));
  if (!bio) return {};
  ::X509_NAME_print_ex(bio.get(), ::X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const auto size = ::BIO_get_mem_data(bio.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::string_view bytes_of(const ASN1_STRING* text) {
  const auto* const data = reinterpret_cast<const char*>(::ASN1_STRING_get0_data(text));
  return {data, static_cast<std::size_t>(::ASN1_STRING_length(text))};
}

std::string address_of(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  return ::inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr ? text.data() : "";
}

std::string text_of(const GENERAL_NAME& name) {
  std::string text;
  if (name.type == GEN_IPADD) {
    text = address_of(bytes_of(name.d.iPAddress));
  } else if (name.type == GEN_DNS || name.type == GEN_EMAIL || name.type == GEN_URI) {
    text = bytes_of(name.d.ia5);
  }
  return text.find('\0') == std::string::npos ? text : std::string();
}

}  // namespace

void describe_certificate(const ssl_st& ssl, Peer& peer) {
  const X509* const certificate = ::SSL_get0_peer_certificate(&ssl);
  if (certificate == nullptr || ::SSL_get_verify_result(&ssl) != X509_V_OK) return;
  peer.certificate_subject = subject_of(*certificate);
  const std::unique_ptr<GENERAL_NAMES, Release> names(static_cast<GENERAL_NAMES*>(
      ::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    auto text = text_of(*sk_GENERAL_NAME_value(names.get(), i));
    if (!text.empty()) peer.certificate_names.push_back(std::move(text));
  }
}

}  // namespace serverpulse::http
