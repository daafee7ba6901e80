// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Reloads: where signals (SIGHUP, SIGTERM, SIGINT) and `POST /-/reload` meet. The main thread waits
// here, so that a configuration is read by one thread at a time and never on the one that serves.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/fd.h"
#include "base/result.h"
#include "http/http.h"

namespace serverpulse::exporter {

class Reloads {
 public:
  /// Blocks the signals for the calling thread and all it starts later: make it first of all.
  static Result<std::unique_ptr<Reloads>> make();

  /// A request to reload, answered when it is done, or with 503 once the program ends. Thread rule:
  /// any thread.
  void request(http::Reply reply);

  /// Calls `reload` for each request and each SIGHUP, one at a time on a thread of its own, until
  /// SIGTERM or SIGINT; does not wait for a reload that is under way then (the destructor does). A
  /// request whose reload failed is answered 500 with the error's sentence. Returns the signal.
  int wait(const std::function<Status()>& reload);

 private:
  Reloads(Fd signals, Fd wake) : signals_(std::move(signals)), wake_(std::move(wake)) {}
  void start(const std::function<Status()>& reload);
  void close();

  Fd signals_;
  Fd wake_;
  std::mutex mutex_;
  std::deque<http::Reply> requests_;
  bool busy_ = false;  // a reload is under way
  bool closed_ = false;
  std::jthread worker_;  // of the last reload
};

}  // namespace serverpulse::exporter
