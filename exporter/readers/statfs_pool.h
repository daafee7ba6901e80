// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// StatfsPool: statfs(2) on mounts that may not answer. A call to a dead file server sleeps in the
// kernel for as long as it pleases and cannot be called off, so it is made on a thread that may be
// lost to it. A mount has one call under way at most: one that did not answer in time is not asked
// again before that call has come back, however many scrapes pass, and takes part again by itself
// once it has. So the threads lost are as many as dead mounts, and never more than `most_threads`;
// when all are lost, further calls are given up at once instead of waited for.
//
// A round wakes one thread, which makes the calls one after another: a hand-over per scrape, not
// per mount. Another is woken (or made) only when for 50 ms the calls in line did not get done.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "exporter/kernel.h"

namespace serverpulse::exporter {

/// Thread rule: one thread at a time.
class StatfsPool {
 public:
  /// A path to be asked about; owned by the pool and by who asks.
  class Call;

  /// `patience` is for a round as a whole. `kernel` outlives the pool, and the process if a call
  /// never comes back. REQUIRES: most_threads > 0.
  StatfsPool(Kernel& kernel, std::size_t most_threads, std::chrono::nanoseconds patience);
  /// Joins the threads that are not in a call, after waiting 100 ms for those that are. A thread
  /// that is lost to a dead mount is let go: it holds nothing but the pool's shared state and ends
  /// as soon as the kernel lets it.
  ~StatfsPool();
  StatfsPool(const StatfsPool&) = delete;
  StatfsPool& operator=(const StatfsPool&) = delete;

  /// A call for this path: the one that is lost in the kernel if there is one, else a new one.
  [[nodiscard]] std::shared_ptr<Call> call(const std::string& path);

  /// Starts a round: every call that is not lost is put in line. Returns at once, so that the
  /// caller does other work until finish(). REQUIRES: no round is under way.
  void begin(std::span<const std::shared_ptr<Call>> calls);

  /// Waits until all calls of the round have answered, at most for the patience since begin().
  void finish();

  /// What a call of the last round brought; null: no answer in time. Valid until begin().
  [[nodiscard]] static const Result<struct statfs>* answer(const Call& call);

  [[nodiscard]] static const std::string& path(const Call& call);

  /// Threads in a call that did not answer in time.
  [[nodiscard]] std::size_t lost() const;

 private:
  struct State;
  void add_hand();

  std::shared_ptr<State> state_;
  std::size_t most_threads_;
  std::chrono::nanoseconds patience_;
  std::chrono::steady_clock::time_point deadline_;
  std::vector<std::jthread> threads_;
};

}  // namespace serverpulse::exporter
