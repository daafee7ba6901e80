// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/statfs_pool.h"

#include <algorithm>
#include <optional>
#include <system_error>

namespace serverpulse::exporter {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

class StatfsPool::Call {
 public:
  explicit Call(std::string p) : path(std::move(p)) {}
  const std::string path;
  // The rest is guarded by the pool's mutex; `answer` is the caller's between rounds.
  bool in_kernel = false;
  bool lost = false;  // in_kernel, and its round is over
  steady_clock::time_point began;
  std::optional<Result<struct statfs>> answer;
};

StatfsPool::StatfsPool(Kernel& kernel) : kernel_(kernel), current_(kMostThreads) {}

StatfsPool::~StatfsPool() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  work_there_.notify_all();
  threads_.clear();  // joins
}

// A call that is lost, or long enough in the kernel for most_at_once others to have been added
// since, is held to be of a dead mount: it must not keep the others in line waiting.
// REQUIRES: mutex_ is held.
bool StatfsPool::may_take() const {
  if (line_.empty()) return false;
  const auto slow = steady_clock::now() - impatience_ * static_cast<long>(most_at_once_);
  const auto busy = std::count_if(current_.begin(), current_.end(), [&](const auto& call) {
    return call && !call->lost && call->began > slow;
  });
  return static_cast<std::size_t>(busy) < most_at_once_;
}

void StatfsPool::work(std::size_t self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++resting_;
    work_there_.wait(lock, [&] { return ending_ || may_take(); });
    --resting_;
    if (ending_) return;
    auto& call = current_[self] = std::move(line_.back());
    line_.pop_back();
    call->in_kernel = true;
    call->began = steady_clock::now();
    const auto* const path = &call->path;
    lock.unlock();
    auto answer = kernel_.statfs(*path);
    lock.lock();
    const auto done = std::move(current_[self]);
    done->in_kernel = false;
    if (done->lost) {  // nobody waits for it any more: the next round asks again
      done->lost = false;
      --lost_;
    } else {
      done->answer = std::move(answer);
      --unanswered_;
    }
    if (unanswered_ == 0) work_done_.notify_all();
  }
}

// Ends the round for the calls that have not answered. REQUIRES: mutex_ is held.
void StatfsPool::abandon() {
  line_.clear();
  for (const auto& call : current_) {
    if (call && !call->lost) {
      call->lost = true;
      ++lost_;
    }
  }
  unanswered_ = 0;
}

std::shared_ptr<StatfsPool::Call> StatfsPool::call(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  for (const auto& current : current_) {
    if (current && current->path == path) return current;
  }
  return std::make_shared<Call>(path);
}

// Wakes a thread that rests, or makes one while there may be more. REQUIRES: mutex_ is held.
void StatfsPool::add_hand() {
  if (!may_take()) return;
  if (resting_ > 0) {
    work_there_.notify_one();
  } else if (threads_.size() < kMostThreads) {
    try {
      threads_.emplace_back([this, self = threads_.size()] { work(self); });
    } catch (const std::system_error&) {
      return;  // no thread to be had: what is in line stays unanswered unless another takes it
    }
  }
}

void StatfsPool::begin(std::span<const std::shared_ptr<Call>> calls, std::size_t most_at_once,
                       nanoseconds patience) {
  const std::scoped_lock lock(mutex_);
  deadline_ = steady_clock::now() + patience;
  // So that all threads there may be are added before the patience is at its end.
  impatience_ = std::clamp<nanoseconds>(patience / 90, milliseconds(1), milliseconds(50));
  most_at_once_ = most_at_once;
  for (const auto& call : calls) {
    call->answer.reset();
    if (call->in_kernel) continue;
    line_.push_back(call);
    ++unanswered_;
  }
  if (lost_ == kMostThreads) abandon();
  add_hand();
}

void StatfsPool::finish() {
  std::unique_lock lock(mutex_);
  while (unanswered_ > 0) {
    const auto now = steady_clock::now();
    if (now >= deadline_) {
      abandon();
      return;
    }
    const auto until = line_.empty() ? deadline_ : std::min(deadline_, now + impatience_);
    work_done_.wait_until(lock, until, [&] { return unanswered_ == 0; });
    add_hand();
  }
}

const Result<struct statfs>* StatfsPool::answer(const Call& call) {
  return call.answer ? &*call.answer : nullptr;
}

const std::string& StatfsPool::path(const Call& call) {
  return call.path;
}

std::size_t StatfsPool::lost() const {
  const std::scoped_lock lock(mutex_);
  return lost_;
}

}  // namespace serverpulse::exporter
