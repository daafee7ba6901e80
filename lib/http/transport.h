// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Transport: a connected, non-blocking socket, plain or under TLS (SSL_read(3), SSL_write(3)).
// Nothing here waits: each call says what it would have waited for. The TLS buffers (34 KiB a
// connection) are given back whenever they are empty (SSL_MODE_RELEASE_BUFFERS).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/fd.h"
#include "http/http.h"

struct ssl_ctx_st;
struct ssl_st;

namespace serverpulse::http {

/// Thread rule: loop thread, with SIGPIPE blocked.
class Transport {
 public:
  enum class State : std::uint8_t { ok, want_read, want_write, end, failed };
  struct Io {
    std::size_t bytes = 0;
    State state = State::ok;
  };

  /// `context` null: plain; else takes over one reference. A failure to set up TLS shows at
  /// handshake().
  Transport(Fd fd, ssl_ctx_st* context);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  ~Transport();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool tls() const { return tls_; }
  /// Plain: ok at once.
  State handshake();
  /// After a failed handshake: whether the client spoke plain HTTP to a TLS port.
  [[nodiscard]] bool met_plain_http() const { return met_plain_http_; }
  /// From here on plain.
  void drop_tls();
  /// What the client's certificate says, if it sent one and it was verified.
  void describe_certificate(Peer& peer) const;

  /// REQUIRES: `into` holds at least 16 KiB, a TLS record: then nothing decrypted stays behind
  /// where epoll cannot see it.
  Io read(std::span<char> into);
  /// Some of `first`, then of `second`.
  Io write(std::string_view first, std::string_view second);
  /// Tells the client that nothing more comes. Best effort.
  void shutdown_write();
  /// Reads what still comes and throws it away, decrypted or not.
  Io discard(std::span<char> scratch);

 private:
  State judge(int result);

  Fd fd_;
  ssl_st* ssl_ = nullptr;
  bool tls_;
  bool broken_ = false;  // a TLS error: no further SSL_ call but free
  bool met_plain_http_ = false;
};

}  // namespace serverpulse::http
