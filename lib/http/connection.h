// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Connection: one client, from accept to close, as a machine of phases:
//
//   handshake → head → admission → body → handling → writing → head …
//                 ↑        (interim: 100 Continue)      └→ lingering → closed
//
// One request at a time; what a client pipelines behind it waits in its bytes. A last answer is
// followed by reading on for a while (lingering): a close with unread bytes in the kernel would
// send a reset, and the client might lose the answer (RFC 9112, 9.6).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/exchange.h"
#include "http/loop.h"
#include "http/transport.h"

namespace serverpulse::http {

/// Thread rule: loop thread. The loop lets go of it once closed().
class Connection {
 public:
  /// `context`: as Transport takes it.
  Connection(Loop& loop, std::uint64_t id, Fd fd, ssl_ctx_st* context, std::shared_ptr<Peer> peer);

  void begin();
  void on_event(std::uint32_t events);
  void on_message(Message message);
  void on_deadline();
  /// The server stops: closes if nothing is in flight, else after the answer.
  void drain();
  void close();
  /// Without a word.
  void abort();

  [[nodiscard]] bool closed() const { return phase_ == Phase::closed; }
  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] int fd() const { return transport_.fd(); }
  [[nodiscard]] Loop::Seat& seat() { return seat_; }

 private:
  enum class Phase : std::uint8_t {
    handshake,
    head,
    admission,
    interim,
    body,
    handling,
    writing,
    lingering,
    closed,
  };

  // connection.cpp: bytes. Those that return bool: whether pump() should go on.
  void pump();
  bool shake_hands();
  bool take_input();
  bool end_of_input();
  bool wait_for(Transport::State state);
  std::size_t advance(std::string_view bytes);
  void digest_buffer();
  bool flush();
  bool finish_answer();
  bool linger();
  void become_idle();
  void begin_exchange();
  [[nodiscard]] bool taking_input() const { return phase_ == Phase::head || phase_ == Phase::body; }

  // connection_request.cpp: requests.
  void on_head();
  void admitted(Admission::Verdict verdict);
  void route();
  void start_body();
  bool take_body(std::string_view piece);
  void on_body();
  template <class Action>
  bool guard(const Action& action) const;
  void respond(Response response);
  void refuse(Refusal refusal);
  void observe() const;
  [[nodiscard]] const Service& service() const { return loop_->service(); }

  Loop* loop_;
  std::uint64_t id_;
  Transport transport_;
  std::shared_ptr<Peer> peer_;
  Loop::Seat seat_;
  std::unique_ptr<Exchange> exchange_;  // null between requests
  std::string in_;                      // read but not consumed
  std::uint64_t request_ = 0;           // number of the current request
  unsigned reads_left_ = 0;             // of this turn
  Phase phase_ = Phase::handshake;
  bool starved_ = true;  // in_ has been looked at in this phase: more must be read
  bool first_ = true;    // no request begun yet
  bool end_ = false;     // the client sends nothing more
};

}  // namespace serverpulse::http
