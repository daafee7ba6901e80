// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// RequestParser: bytes to one request: its head, then its body in pieces. It keeps no input: the
// caller shows it what has not been consumed yet, and shows it again with more behind it. How the
// bytes were cut on their way makes no difference to what comes out (fuzzed: http_request).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "http/request_head.h"

namespace serverpulse::http {

struct Limits;

/// Thread rule: one thread.
class RequestParser {
 public:
  enum class Progress : std::uint8_t {
    need_more,  ///< Show the rest again, with more.
    done,       ///< The head, or the body, is complete.
    refused,    ///< refusal() says why; nothing further may be fed.
  };
  struct Step {
    std::size_t consumed = 0;
    Progress progress = Progress::need_more;
  };
  /// Given a piece of the body; false stops with a refusal of the taker's own.
  using Taker = std::function<bool(std::string_view piece)>;

  explicit RequestParser(const Limits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  /// Consumes nothing until the head is whole. One empty line before it is skipped.
  Step head(std::string_view bytes, const std::shared_ptr<const Peer>& peer);
  /// REQUIRES: head() was done. Without a body: done at once, consumes nothing.
  Step body(std::string_view bytes, const Taker& taker);

  /// REQUIRES: head() was done.
  [[nodiscard]] const std::shared_ptr<RequestHead>& request() const { return request_; }
  /// Whether the client wants the connection kept. REQUIRES: head() was done.
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  class Grammar;
  [[nodiscard]] bool scan(std::string_view bytes);
  [[nodiscard]] bool scan_byte(char byte);
  bool refuse(int status, std::string_view reason);
  Step refused(std::size_t consumed = 0) const { return {consumed, Progress::refused}; }

  const Limits* limits_;
  std::unique_ptr<Grammar> grammar_;
  std::shared_ptr<RequestHead> request_;
  Refusal refusal_;
  std::size_t scanned_ = 0;     // bytes of the head looked at
  std::size_t line_start_ = 0;  // where the line being looked at starts
  std::size_t head_start_ = 0;  // 2 after a skipped empty line
  char last_ = '\0';
  bool head_whole_ = false;
};

}  // namespace serverpulse::http
