// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Loop: the thread that serves: epoll(7) over the listeners, the connections and the mailbox of
// other threads, and a dead-line for each connection. What is shared between loops (limits that
// count, statistics, the mailbox) is atomic or locked, so a server may have several later.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "http/acceptor.h"
#include "http/exchange.h"
#include "http/mailbox.h"
#include "http/server.h"
#include "http/timers.h"

namespace serverpulse::http {

class Connection;

/// What every connection of a server works with.
struct Service {
  Limits limits;
  Deadlines deadlines;
  Router router;
  ServerHooks hooks;
  const log::Logger* logger;
  std::shared_ptr<Stats> stats;
};

/// Thread rule: loop thread, but for the constructor, start() and stop().
class Loop {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Who is closed to make room, in this order, of each kind the longest in it first. A client that
  /// has said nothing whole in its first second yields to all others, so half heads by the thousand
  /// keep nobody out; in that second it is safe, so whoever is let in has the time to ask.
  enum class Place : std::uint8_t {
    fresh,   ///< No whole head yet: silent, in its handshake, or half-way. Safe for a second.
    idle,    ///< Answered, and nothing of a next request is here.
    asking,  ///< Half-way through the head of a later request.
    safe,    ///< A request is in hand: never closed for others.
  };
  struct Waiting {
    std::uint64_t id;
    Time since;
  };
  /// What the loop keeps of a connection, in the connection.
  struct Seat {
    Timers::Timer timer;
    Place place = Place::safe;
    std::list<Waiting>::iterator entry;  ///< Valid where `place` is not safe.
    std::uint32_t watched = 0;
  };

  Loop(Service service, std::vector<Listener> listeners);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  Status start();
  /// As Server::stop. Owner's thread.
  void stop(std::chrono::milliseconds grace);

  // For connections:
  [[nodiscard]] const Service& service() const { return service_; }
  [[nodiscard]] const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] bool draining() const { return draining_; }
  /// Where bytes are read to; valid until the connection's turn ends.
  [[nodiscard]] std::span<char> scratch() { return scratch_; }
  /// Wants to be called on these epoll events, and on no others.
  void watch(Connection& connection, std::uint32_t events);
  /// Wants on_deadline() in `span`; a second call moves it.
  void set_deadline(Connection& connection, std::chrono::milliseconds span);
  void clear_deadline(Connection& connection);
  void set_place(Connection& connection, Place place);
  [[nodiscard]] std::shared_ptr<Ticket::Counter> requests_of(const Handler& handler);

 private:
  void run();
  void turn();
  void wait_and_dispatch();
  void dispatch(std::uint64_t key, std::uint32_t events);
  void take_mail();
  void fire_timers();
  void begin_drain();
  void add(Fd fd, Peer peer);
  bool evict();
  [[nodiscard]] std::optional<std::uint64_t> first_to_go() const;
  template <class Action>
  void with(std::uint64_t id, const Action& action);
  [[nodiscard]] bool busy() const {
    return connections_.size() >= service_.limits.connections && !first_to_go();
  }
  [[nodiscard]] int timeout() const;
  [[nodiscard]] Time stop_at() const;

  Service service_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  Acceptor acceptor_;
  Fd epoll_;
  std::uint64_t first_id_;  // lower keys are listeners', kMailKey is the mailbox's
  std::uint64_t next_id_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::unordered_map<const Handler*, std::shared_ptr<Ticket::Counter>> requests_;
  std::array<std::list<Waiting>, 3> waiting_;  // by Place, longest first
  Timers timers_;
  std::vector<char> scratch_;
  Time now_ = std::chrono::steady_clock::now();
  bool draining_ = false;
  std::atomic<bool> stop_asked_{false};
  std::atomic<std::int64_t> stop_at_{0};  // steady clock's ticks
  std::jthread thread_;
};

}  // namespace serverpulse::http
