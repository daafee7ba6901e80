// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/statfs_pool.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>

namespace serverpulse::exporter {

using std::chrono::steady_clock;

class StatfsPool::Call {
 public:
  explicit Call(std::string p) : path(std::move(p)) {}
  const std::string path;
  // The rest is guarded by State::mutex; `answer` is the caller's between rounds.
  bool in_kernel = false;
  bool lost = false;  // in_kernel, and its round is over
  std::optional<Result<struct statfs>> answer;
};

// Shared by the pool and its threads, so that one that is lost needs nothing of the pool.
struct StatfsPool::State {
  explicit State(Kernel& k) : kernel(&k) {}

  void work(std::size_t self);
  void abandon();

  Kernel* const kernel;
  std::mutex mutex;
  std::condition_variable work_there;
  std::condition_variable work_done;
  std::vector<std::shared_ptr<Call>> line;     // a stack: the order does not matter
  std::vector<std::shared_ptr<Call>> current;  // by thread: the call it is in, or null
  std::size_t unanswered = 0;                  // of this round
  std::size_t resting = 0;                     // threads that wait for work
  std::size_t lost = 0;
  bool ending = false;
};

void StatfsPool::State::work(std::size_t self) {
  std::unique_lock lock(mutex);
  for (;;) {
    ++resting;
    work_there.wait(lock, [&] { return ending || !line.empty(); });
    --resting;
    if (ending) return;
    auto& call = current[self] = std::move(line.back());
    line.pop_back();
    call->in_kernel = true;
    const auto* const path = &call->path;
    lock.unlock();
    auto answer = kernel->statfs(*path);
    lock.lock();
    const auto done = std::move(current[self]);
    done->in_kernel = false;
    if (done->lost) {  // nobody waits for it any more: the next round asks again
      done->lost = false;
      --lost;
    } else {
      done->answer = std::move(answer);
      --unanswered;
    }
    if (unanswered == 0 || ending) work_done.notify_all();
  }
}

// Ends the round for the calls that have not answered. REQUIRES: mutex is held.
void StatfsPool::State::abandon() {
  line.clear();
  for (const auto& call : current) {
    if (call && !call->lost) {
      call->lost = true;
      ++lost;
    }
  }
  unanswered = 0;
}

StatfsPool::StatfsPool(Kernel& kernel, std::size_t most_threads, std::chrono::nanoseconds patience)
    : state_(std::make_shared<State>(kernel)), most_threads_(most_threads), patience_(patience) {
  state_->current.resize(most_threads);
}

StatfsPool::~StatfsPool() {
  std::vector<bool> in_kernel(threads_.size());
  {
    std::unique_lock lock(state_->mutex);
    state_->ending = true;
    state_->line.clear();
    state_->work_there.notify_all();
    const auto none_in_kernel = [&] {
      return std::none_of(state_->current.begin(), state_->current.end(),
                          [](const auto& call) { return call != nullptr; });
    };
    state_->work_done.wait_for(lock, std::chrono::milliseconds(100), none_in_kernel);
    for (std::size_t i = 0; i < threads_.size(); ++i) in_kernel[i] = state_->current[i] != nullptr;
  }
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (in_kernel[i]) threads_[i].detach();  // joining would hang the program as the mount hangs
  }
}

std::shared_ptr<StatfsPool::Call> StatfsPool::call(const std::string& path) {
  const std::scoped_lock lock(state_->mutex);
  for (const auto& current : state_->current) {
    if (current && current->path == path) return current;
  }
  return std::make_shared<Call>(path);
}

// Wakes a thread that rests, or makes one while there may be more. REQUIRES: mutex is held.
void StatfsPool::add_hand() {
  if (state_->resting > 0) {
    state_->work_there.notify_one();
  } else if (threads_.size() < most_threads_) {
    try {
      threads_.emplace_back([state = state_, self = threads_.size()] { state->work(self); });
    } catch (const std::system_error&) {
      return;  // no thread to be had: what is in line stays unanswered unless another takes it
    }
  }
}

void StatfsPool::begin(std::span<const std::shared_ptr<Call>> calls) {
  const std::scoped_lock lock(state_->mutex);
  deadline_ = steady_clock::now() + patience_;
  for (const auto& call : calls) {
    call->answer.reset();
    if (call->in_kernel) continue;
    state_->line.push_back(call);
    ++state_->unanswered;
  }
  if (state_->lost == most_threads_) state_->abandon();
  if (!state_->line.empty()) add_hand();
}

void StatfsPool::finish() {
  constexpr auto kImpatience = std::chrono::milliseconds(50);
  std::unique_lock lock(state_->mutex);
  while (state_->unanswered > 0) {
    const auto now = steady_clock::now();
    if (now >= deadline_) {
      state_->abandon();
      return;
    }
    const auto until = std::min(deadline_, now + kImpatience);
    state_->work_done.wait_until(lock, until, [&] { return state_->unanswered == 0; });
    if (!state_->line.empty()) add_hand();
  }
}

const Result<struct statfs>* StatfsPool::answer(const Call& call) {
  return call.answer ? &*call.answer : nullptr;
}

const std::string& StatfsPool::path(const Call& call) {
  return call.path;
}

std::size_t StatfsPool::lost() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->lost;
}

}  // namespace serverpulse::exporter
