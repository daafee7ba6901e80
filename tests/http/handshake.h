// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// A whole TLS handshake, both ends in this thread, over a pair of memory BIOs.
#pragma once

#include <memory>
#include <string>

#include "tests/http/certificates.h"

struct ssl_ctx_st;
struct ssl_session_st;

namespace serverpulse::http::test {

struct FreeSession {
  void operator()(ssl_session_st* session) const;
};

/// What the client brings. It trusts any server.
struct Client {
  const Identity* identity = nullptr;
  int min_version = 0;  ///< TLS1_2_VERSION…; 0: any.
  int max_version = 0;
  std::string ciphers;  ///< OpenSSL's list for TLS 1.2 and older; empty: the default.
  std::string groups;
  std::string alpn;  ///< In wire format: "\x02h2\x08http/1.1".
  ssl_session_st* session = nullptr;
};

struct Outcome {
  bool accepted = false;  ///< By the server; a byte has then gone each way.
  std::string why;        ///< The server's reason when not.
  std::string alert;      ///< That the client got.
  std::string version;
  std::string cipher;
  std::string group;
  std::string alpn;
  std::string server_name;  ///< Common name of the server's certificate.
  bool verified = false;    ///< A client certificate was, by the server.
  bool resumed = false;
  int client_authorities = 0;  ///< How many names of CAs the server sent along.
  std::unique_ptr<ssl_session_st, FreeSession> session;
};

Outcome shake_hands(ssl_ctx_st* server, const Client& client = {});

}  // namespace serverpulse::http::test
