// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// RawClient: a blocking socket that sends the bytes a test says and shows what came back. It knows
// just enough HTTP to cut answers apart, so that a wrong server cannot hide behind a clever client.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

struct ssl_st;

namespace serverpulse::http::testing {

/// A client's view of one response.
struct Answer {
  int status = 0;  ///< 0: the connection was closed, or nothing came in time.
  std::string head;
  std::string body;

  /// The value of the first field of that name (any case).
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

class RawClient {
 public:
  /// `address` as Server::addresses() gives it; with `tls`, a handshake that trusts anyone.
  explicit RawClient(const std::string& address, bool tls = false);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// False: the other side is gone.
  bool send(std::string_view bytes);
  /// shutdown(SHUT_WR), over TLS a close_notify.
  void half_close();
  /// The next response. `head_only`: it answers a HEAD.
  Answer receive(bool head_only = false);
  /// send() and receive().
  Answer ask(std::string_view bytes, bool head_only = false);
  /// Everything until the server closes, or `patience` is over.
  std::string receive_all();
  /// Whether the server closes within `patience`, whatever it sends before.
  bool closed_within(std::chrono::milliseconds patience);
  void patience(std::chrono::milliseconds patience);

 private:
  /// False: end, error or out of patience.
  bool fill();
  Fd fd_;
  ssl_st* ssl_ = nullptr;
  std::string buffer_;
  bool connected_ = false;
  bool end_ = false;
};

/// A GET with a Host; `fields` are whole lines with CRLF.
[[nodiscard]] std::string get(std::string_view path, std::string_view fields = {});
[[nodiscard]] std::string post(std::string_view path, std::string_view body,
                               std::string_view fields = {});

}  // namespace serverpulse::http::testing
