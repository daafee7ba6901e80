// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Acceptor: takes connections off the listeners (accept4(2)). A listener whose connection cannot
// be taken stays readable, so a loop that is out of descriptors would spin: instead it closes
// another connection to make room (Loop::Place), or looks away for a moment and lets the kernel
// queue.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/fd.h"
#include "http/http.h"
#include "http/listener.h"
#include "http/server.h"

namespace serverpulse::http {

/// Thread rule: loop thread.
class Acceptor {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Callbacks {
    std::function<void(Fd, Peer)> accepted;
    std::function<bool()> busy;       ///< Whether there is neither room nor any to be made.
    std::function<bool()> make_room;  ///< Closes a connection; false: none may be.
  };

  /// The keys of the listeners in the epoll set are their indices.
  Acceptor(std::vector<Listener> listeners, Callbacks callbacks, Stats& stats,
           const log::Logger& logger);

  /// Starts or goes on looking at the listeners.
  void watch(int epoll);
  void on_readable(int epoll, std::uint64_t key, Time now);
  /// When a pause is over; Time::max() without one.
  [[nodiscard]] Time resume_at() const { return resume_at_; }
  [[nodiscard]] std::size_t size() const { return listeners_.size(); }
  /// Closes the listeners; socket files are removed.
  void close() { listeners_.clear(); }

 private:
  bool accept_one(int fd);
  void pause(int epoll, Time now, int code);

  std::vector<Listener> listeners_;
  Callbacks callbacks_;
  Stats* stats_;
  const log::Logger* logger_;
  Time resume_at_ = Time::max();
  Time warned_at_ = Time::min();
};

}  // namespace serverpulse::http
