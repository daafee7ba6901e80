// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/tls_pem.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace serverpulse::http {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::unique_ptr<BIO, FreeBio> bio_of(std::string_view pem) {
  return std::unique_ptr<BIO, FreeBio>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// An encrypted key has nobody to ask: without this OpenSSL would ask on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

std::string address_text(const unsigned char* bytes, int length) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = length == 4 ? AF_INET : AF_INET6;
  if (length != 4 && length != 16) return {};
  if (::inet_ntop(family, bytes, text.data(), text.size()) == nullptr) return {};
  return text.data();
}

// An IPv6 address as inet_ntop(3) writes it; all else as it is.
std::string canonical(const std::string& name) {
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET6, name.c_str(), bytes.data()) != 1) return name;
  return address_text(bytes.data(), 16);
}

std::string text_of(const GENERAL_NAME& name) {
  const ASN1_STRING* text = nullptr;
  switch (name.type) {
    case GEN_DNS:
    case GEN_EMAIL:
    case GEN_URI:
      text = name.d.ia5;
      break;
    case GEN_IPADD:
      return address_text(ASN1_STRING_get0_data(name.d.ip), ASN1_STRING_length(name.d.ip));
    default:
      return {};
  }
  const std::string_view bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(ASN1_STRING_length(text)));
  return bytes.find('\0') == std::string_view::npos ? std::string(bytes) : std::string();
}

}  // namespace

tl::unexpected<Error> fail_openssl(const std::string& what) {
  const unsigned long code = ERR_peek_error();  // The first is the cause of the others.
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return fail(what + ": " + (reason != nullptr ? reason : "refused by OpenSSL"));
}

Result<std::vector<X509Ptr>> read_certificates(std::string_view pem, const std::string& what) {
  ERR_clear_error();
  const auto bio = bio_of(pem);
  std::vector<X509Ptr> all;
  while (X509* const next = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    all.emplace_back(next);
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return fail_openssl(what + ": want certificates in PEM");
  }
  ERR_clear_error();
  if (all.empty()) return fail(what + ": want a PEM block CERTIFICATE, found none");
  return all;
}

Result<KeyPtr> read_private_key(std::string_view pem, const std::string& what) {
  ERR_clear_error();
  KeyPtr key(PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, no_password, nullptr));
  if (!key) return fail_openssl(what + ": want an unencrypted private key in PEM");
  return key;
}

std::int64_t expires_at(const X509* certificate) {
  std::tm utc{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &utc);
  return ::timegm(&utc);
}

std::vector<std::string> alternative_names(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> texts;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    auto text = text_of(*sk_GENERAL_NAME_value(names.get(), i));
    if (!text.empty()) texts.push_back(std::move(text));
  }
  return texts;
}

bool has_name(const X509* certificate, const std::vector<std::string>& allowed) {
  const auto names = alternative_names(certificate);
  return std::any_of(allowed.begin(), allowed.end(), [&names](const std::string& want) {
    return std::find(names.begin(), names.end(), canonical(want)) != names.end();
  });
}

}  // namespace serverpulse::http
