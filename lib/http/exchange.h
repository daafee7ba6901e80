// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Exchange: all that one request and its answer need while they last; an idle connection has none.
// Ticket: what the request holds of the server's limits. The answer may be given by another thread
// long after the client has gone, so the ticket is owned by whoever can still answer as well.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/http.h"
#include "http/mailbox.h"
#include "http/request_parser.h"
#include "http/server.h"

namespace serverpulse::http {

/// Thread rule: enter() on the loop thread, the rest on any.
class Ticket {
 public:
  using Counter = std::atomic<unsigned>;

  /// `budget`: bytes that all requests together may hold.
  Ticket(std::shared_ptr<Stats> stats, std::uint64_t budget);
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket();

  /// `bytes` more, until the ticket's end; false: the budget would be passed.
  [[nodiscard]] bool hold(std::uint64_t bytes);
  /// Counts in a route's handler; false: `most` (0: any number) are in it already.
  [[nodiscard]] bool enter(std::shared_ptr<Counter> route, unsigned most);

 private:
  std::shared_ptr<Stats> stats_;
  std::shared_ptr<Counter> route_;
  std::uint64_t budget_;
  std::atomic<std::uint64_t> held_{0};
};

/// Which request of which connection an answer is for.
struct Address {
  std::uint64_t connection = 0;
  std::uint64_t request = 0;
};

/// A Reply whose answer goes to `mailbox`.
[[nodiscard]] Reply make_reply(std::shared_ptr<Mailbox> mailbox, Address address,
                               std::shared_ptr<const Request> request,
                               std::shared_ptr<Ticket> ticket);

/// What Admission::decide gets as `later`. Dropped uncalled, it refuses with 500.
[[nodiscard]] std::function<void(Admission::Verdict)> make_later(
    std::shared_ptr<Mailbox> mailbox, Address address, std::shared_ptr<const Request> request);

struct Exchange {
  explicit Exchange(const Limits& limits) : parser(limits) {}

  RequestParser parser;
  std::shared_ptr<Ticket> ticket;  ///< From the end of the head to the answer.
  Handler* handler = nullptr;
  std::string_view route = "other";
  std::string_view method = "other";
  std::optional<Reply> reply;          ///< Until the handler gets it.
  std::unique_ptr<BodyReader> reader;  ///< Of a streaming handler.
  std::string body;                    ///< Of any other.
  std::uint64_t body_bytes = 0;
  bool body_whole = false;
  std::chrono::steady_clock::time_point started;

  int status = 0;
  bool keep_alive = false;
  std::string head_out;  ///< Bytes of the answer still to be written: this,
  std::string body_out;  ///< then this.
  std::uint64_t written = 0;
};

}  // namespace serverpulse::http
