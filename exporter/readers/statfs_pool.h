// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// StatfsPool: statfs(2) on mounts that may not answer. A call to a dead file server sleeps in the
// kernel for as long as it pleases and cannot be called off, so it is made on a thread that may be
// lost to it. A mount has one call under way at most: one that did not answer in time is not asked
// again before that call has come back, however many scrapes and reloads pass, and takes part again
// by itself once it has. So the threads lost are as many as dead mounts, and dead mounts do not
// take others with them, up to kMostThreads dead ones.
//
// A round wakes one thread, which makes the calls one after another: a hand-over per scrape, not
// per mount. Another is woken (or made) only when for a while (50 ms of a patience of 4.5 s) the
// calls in line did not get done.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "exporter/kernel.h"

namespace serverpulse::exporter {

/// Belongs to a Kernel, see Kernel::statfs_pool(), so that it outlives the collectors of each
/// configuration. Thread rule: one round at a time, by any thread.
class StatfsPool {
 public:
  /// A path to be asked about; owned by the pool and by who asks.
  class Call;

  /// With so many threads lost, further calls are given up at once.
  static constexpr std::size_t kMostThreads = 64;

  explicit StatfsPool(Kernel& kernel);
  /// Joins the threads: REQUIRES that every call comes back. A program with a dead mount leaves by
  /// _exit(2) instead.
  ~StatfsPool();
  StatfsPool(const StatfsPool&) = delete;
  StatfsPool& operator=(const StatfsPool&) = delete;

  /// A call for this path: the one that is lost in the kernel if there is one, else a new one.
  [[nodiscard]] std::shared_ptr<Call> call(const std::string& path);

  /// Starts a round: every call that is not lost is put in line. Returns at once, so that the
  /// caller does other work until finish(). At most `most_at_once` calls are under way, not
  /// counting those of dead mounts; `patience` is for the round as a whole.
  /// REQUIRES: no round is under way; most_at_once > 0.
  void begin(std::span<const std::shared_ptr<Call>> calls, std::size_t most_at_once,
             std::chrono::nanoseconds patience);

  /// Waits until all calls of the round have answered, at most for the patience since begin().
  void finish();

  /// What a call of the last round brought; null: no answer in time. Valid until begin().
  [[nodiscard]] static const Result<struct statfs>* answer(const Call& call);

  [[nodiscard]] static const std::string& path(const Call& call);

  /// Threads in a call that did not answer in time.
  [[nodiscard]] std::size_t lost() const;

 private:
  void work(std::size_t self);
  [[nodiscard]] bool may_take() const;
  void add_hand();
  void abandon();

  Kernel& kernel_;
  mutable std::mutex mutex_;
  std::condition_variable work_there_;
  std::condition_variable work_done_;
  std::vector<std::shared_ptr<Call>> line_;     // a stack: the order does not matter
  std::vector<std::shared_ptr<Call>> current_;  // by thread: the call it is in, or null
  std::size_t most_at_once_ = 1;
  std::size_t unanswered_ = 0;  // of this round
  std::size_t resting_ = 0;     // threads that wait for work
  std::size_t lost_ = 0;
  bool ending_ = false;
  std::chrono::steady_clock::time_point deadline_;
  std::chrono::nanoseconds impatience_{0};  // after which another hand is added
  std::vector<std::jthread> threads_;
};

}  // namespace serverpulse::exporter
