// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The threads of scrapes, the watch over their dead-lines, and the public face.
#include "exporter/scrape.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "exporter/scrape_state.h"

namespace serverpulse::exporter {

using std::chrono::nanoseconds;

// REQUIRES: the mutex is held. False: the system gives no thread.
bool Scraper::State::start_worker() {
  workers.remove_if([](const Worker& w) { return w.finished; });
  Worker& worker = workers.emplace_back();
  active = &worker;
  try {
    worker.thread = std::jthread([this, &worker] { work_loop(worker); });
  } catch (const std::system_error& error) {
    logger->error("no thread for scrapes", {{"err", error.what()}});
    active = nullptr;
    workers.pop_back();
    return false;
  }
  return true;
}

// Forgets the scrape under way and those in line; their clients are answered 500.
void Scraper::State::drop_all() {
  job.order = {};
  job.runs = false;
  queue.clear();
}

void Scraper::State::work_loop(Worker& worker) {
  std::unique_lock lock(mutex);
  while (active == &worker && (!stopping || job.runs)) {
    if (job.runs) {
      run_job(lock, worker);
    } else if (!queue.empty()) {
      begin_job();
    } else {
      work.wait(lock);
    }
  }
  worker.finished = true;
  if (stopping) arm(nanoseconds(1));  // wakes the watch, which ends
  work.notify_all();
}

// Sets the timer; 0 takes it back. Two system calls a scrape, and no thread wakes in a scrape that
// goes well.
void Scraper::State::arm(nanoseconds after) const {
  itimerspec when{};
  when.it_value.tv_sec = after.count() / 1'000'000'000;
  when.it_value.tv_nsec = after.count() % 1'000'000'000;
  ::timerfd_settime(timer.get(), 0, &when, nullptr);
}

void Scraper::State::watch_loop() {
  for (;;) {
    std::uint64_t fired = 0;
    if (::read(timer.get(), &fired, sizeof fired) < 0 && errno != EINTR && errno != ECANCELED) {
      return;
    }
    const std::lock_guard lock(mutex);
    check_deadline();
    if (stopping && (active == nullptr || active->finished)) return;
  }
}

// REQUIRES: the mutex is held.
void Scraper::State::check_deadline() {
  if (running == nullptr) return;
  const auto took = clock->steady() - running_since;
  if (took < allowed) {
    arm(allowed - took);
    return;
  }
  const auto& slot = *running;
  if (records[slot.id].was_healthy) {
    logger->error("collector did not answer in time; the scrape goes on without it",
                  {{"collector", slot.info->name},
                   {"timeout_seconds", std::chrono::duration<double>(allowed).count()}});
  }
  records[slot.id].was_healthy = false;
  miss(slot, took);
  running = nullptr;
  allowed = allowance();
  arm(allowed);
  if (!start_worker()) {
    drop_all();
    work.notify_all();
  }
}

Scraper::Scraper(std::shared_ptr<CollectorSet> collectors, ScraperOptions options,
                 const Clock& clock, const log::Logger& logger)
    : state_(std::make_unique<State>()) {
  state_->set = std::move(collectors);
  state_->options = std::move(options);
  state_->clock = &clock;
  state_->logger = &logger;
  state_->timer = Fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const std::lock_guard lock(state_->mutex);
  state_->start_worker();
  state_->watch = std::jthread([state = state_.get()] { state->watch_loop(); });
}

Scraper::~Scraper() {
  // The active worker ends within its collectors' dead-lines; then nobody starts another.
  stop(std::chrono::hours(1));
  state_->watch.join();
  for (auto& worker : state_->workers) worker.thread.join();
}

void Scraper::submit(ScrapeOrder order) {
  const std::lock_guard lock(state_->mutex);
  if (state_->stopping) return;
  if (state_->active == nullptr && !state_->start_worker()) return;
  state_->queue.push_back({std::move(order), state_->clock->steady()});
  if (state_->running != nullptr) {
    // Whoever runs now may have to leave time for this one.
    const auto passed = state_->clock->steady() - state_->running_since;
    const auto allowed = passed + state_->allowance();
    if (allowed < state_->allowed) {
      state_->allowed = allowed;
      state_->arm(allowed - passed);
    }
  }
  state_->work.notify_all();
}

void Scraper::replace(std::shared_ptr<CollectorSet> collectors, nanoseconds timeout) {
  const std::lock_guard lock(state_->mutex);
  state_->set.swap(collectors);  // the old one goes when the lock has been released
  state_->options.collector_timeout = timeout;
}

std::shared_ptr<CollectorSet> Scraper::collectors() const {
  const std::lock_guard lock(state_->mutex);
  return state_->set;
}

void Scraper::hurry(nanoseconds each) {
  const std::lock_guard lock(state_->mutex);
  state_->hurried = each;
  if (state_->running == nullptr) return;
  const auto passed = state_->clock->steady() - state_->running_since;
  state_->allowed = std::min(state_->allowed, passed + each);
  state_->arm(each);
}

bool Scraper::stop(nanoseconds grace) {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->queue.clear();
  state_->work.notify_all();
  state_->work.wait_for(lock, grace,
                        [&] { return state_->active == nullptr || state_->active->finished; });
  state_->arm(nanoseconds(1));  // the watch looks once more, and ends with the work
  return std::all_of(state_->workers.begin(), state_->workers.end(),
                     [](const auto& worker) { return worker.finished; });
}

std::size_t Scraper::stuck() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<std::size_t>(std::count_if(
      state_->workers.begin(), state_->workers.end(),
      [&](const auto& worker) { return &worker != state_->active && !worker.finished; }));
}

}  // namespace serverpulse::exporter
