// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Reloads: where signals (SIGHUP, SIGTERM, SIGINT) and `POST /-/reload` meet. The main thread waits
// here, so that a configuration is read by one thread only and never on the thread that serves.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

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

  /// Calls `reload` for each request and each SIGHUP, until SIGTERM or SIGINT. A request whose
  /// reload failed is answered 500 with the error's sentence. Returns the signal's number.
  int wait(const std::function<Status()>& reload);

 private:
  Reloads(Fd signals, Fd wake) : signals_(std::move(signals)), wake_(std::move(wake)) {}
  std::deque<http::Reply> taken();
  void close();

  Fd signals_;
  Fd wake_;
  std::mutex mutex_;
  std::deque<http::Reply> requests_;
  bool closed_ = false;
};

}  // namespace serverpulse::exporter
