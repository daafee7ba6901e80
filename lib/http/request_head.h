// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// RequestHead: what a request's head says once every doubt has been refused (RFC 9112, sections 2
// to 6). It owns one copy of the bytes; everything else is views into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/http.h"

namespace serverpulse::http {

/// Why a request is refused: the status, and a sentence for the client.
struct Refusal {
  int status = 0;
  std::string_view reason;  ///< Static text.
};

/// How the end of a body is known.
enum class Framing : std::uint8_t { none, length, chunked };

class RequestHead final : public Request {
 public:
  /// `bytes`: the whole head with its empty line. Fields are added as views into own_bytes().
  RequestHead(std::string_view bytes, std::shared_ptr<const Peer> peer)
      : bytes_(bytes), peer_(std::move(peer)) {}

  [[nodiscard]] std::string_view method() const override { return method_; }
  [[nodiscard]] std::string_view path() const override { return path_; }
  [[nodiscard]] std::string_view query() const override { return query_; }
  [[nodiscard]] std::span<const Header> headers() const override { return headers_; }
  [[nodiscard]] const Peer& peer() const override { return *peer_; }

  [[nodiscard]] std::string_view own_bytes() const { return bytes_; }
  [[nodiscard]] Framing framing() const { return framing_; }
  /// REQUIRES: framing() is length.
  [[nodiscard]] std::uint64_t content_length() const { return content_length_; }
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  [[nodiscard]] bool http_1_0() const { return minor_version_ == 0; }

  void start_line(std::string_view method, std::string_view target, int minor_version);
  void add_field(std::string_view name, std::string_view value) {
    headers_.push_back({name, value});
  }
  /// Judges the target and the fields together; status 0: nothing to refuse. Call once, last.
  [[nodiscard]] Refusal settle();

 private:
  [[nodiscard]] Refusal settle_target();
  [[nodiscard]] Refusal settle_host() const;
  [[nodiscard]] Refusal settle_framing();
  [[nodiscard]] Refusal settle_expect();
  [[nodiscard]] std::size_t count(std::string_view name) const;

  std::string bytes_;
  std::shared_ptr<const Peer> peer_;
  std::string_view method_;
  std::string_view target_;
  std::string_view path_;
  std::string_view query_;
  std::vector<Header> headers_;
  std::uint64_t content_length_ = 0;
  int minor_version_ = 1;
  Framing framing_ = Framing::none;
  bool expects_continue_ = false;
};

}  // namespace serverpulse::http
