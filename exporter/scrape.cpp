// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/scrape.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/fd.h"
#include "exporter/exposition.h"
#include "exporter/scrape_report.h"

namespace serverpulse::exporter {
namespace {

using std::chrono::nanoseconds;

// One scrape on its way. Kept between scrapes for its buffers.
struct Job {
  ScrapeOrder order;
  nanoseconds submitted{0};
  nanoseconds began{0};
  std::size_t next = 0;
  Exposition exposition;
  std::vector<CollectorOutcome> outcomes;
  std::vector<std::uint64_t> timeouts;
  bool runs = false;
};

struct Waiting {
  ScrapeOrder order;
  nanoseconds submitted{0};
};

// The state of a collector by its id: outlives reloads.
struct Record {
  bool busy = false;  // on some thread now
  bool was_healthy = true;
  std::uint64_t timeouts = 0;
};

}  // namespace

struct Scraper::State {
  // A scrape thread with the encoders it writes into.
  struct Worker {
    std::array<std::unique_ptr<metrics::Encoder>, 6> encoders;
    bool finished = false;
    std::jthread thread;
  };

  std::mutex mutex;
  std::condition_variable work;
  std::shared_ptr<CollectorSet> set;
  ScraperOptions options;
  const Clock* clock = nullptr;
  const log::Logger* logger = nullptr;
  std::vector<Record> records{kMaxCollectors};
  std::deque<Waiting> queue;
  Job job;
  std::uint64_t duplicates = 0;

  std::list<Worker> workers;  // the active one, and those whose collector did not come back
  Worker* active = nullptr;
  const CollectorSet::Slot* running = nullptr;  // what the active worker is in
  nanoseconds running_since{0};
  nanoseconds allowed{0};
  nanoseconds hurried = nanoseconds::max();

  Fd timer;
  bool stopping = false;
  std::jthread watch;

  bool start_worker();
  void work_loop(Worker& worker);
  void begin_job();
  void finish_job(std::unique_lock<std::mutex>& lock, Worker& worker);
  void drop_all();
  void run_job(std::unique_lock<std::mutex>& lock, Worker& worker);
  bool run_collector(std::unique_lock<std::mutex>& lock, Worker& worker,
                     const CollectorSet::Slot& slot);
  metrics::Encoder& encoder_of(Worker& worker) const;
  Status collect(Collector& collector, metrics::Sink& out) const;
  void settle(const CollectorSet::Slot& slot, const Status& done, nanoseconds took);
  void miss(const CollectorSet::Slot& slot, nanoseconds took);
  void arm(nanoseconds after) const;
  void watch_loop();
  void check_deadline();
  [[nodiscard]] nanoseconds allowance() const;
};

metrics::Encoder& Scraper::State::encoder_of(Worker& worker) const {
  const auto& order = job.order;
  const auto at =
      static_cast<std::size_t>(order.format) * 2 + (order.encoder.created_lines ? 1 : 0);
  auto& encoder = worker.encoders.at(at);
  if (!encoder) encoder = metrics::make_encoder(order.format, order.encoder);
  encoder->clear();
  return *encoder;
}

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

void Scraper::State::begin_job() {
  job.order = std::move(queue.front().order);
  job.submitted = queue.front().submitted;
  queue.pop_front();
  if (!job.order.collectors) job.order.collectors = set;
  job.began = clock->steady();
  job.next = 0;
  job.exposition.start(std::move(job.order.buffer));
  job.outcomes.clear();
  job.timeouts.clear();
  job.runs = true;
  arm(allowance());
}

// Goes on with the job from where it stands, to its end or until this worker has been abandoned.
void Scraper::State::run_job(std::unique_lock<std::mutex>& lock, Worker& worker) {
  const auto& slots = job.order.collectors->slots();
  while (job.next < slots.size()) {
    const auto& slot = slots[job.next++];
    if (!job.order.selection.test(job.next - 1)) continue;
    if (records[slot.id].busy) {
      miss(slot, nanoseconds(0));
    } else if (!run_collector(lock, worker, slot)) {
      return;
    }
  }
  finish_job(lock, worker);
}

void Scraper::State::finish_job(std::unique_lock<std::mutex>& lock, Worker& worker) {
  arm(nanoseconds(0));
  const auto took = clock->steady() - job.began;
  const auto repeated = duplicates;
  lock.unlock();
  // No other thread touches the job now: nothing runs that could be abandoned.
  auto& own = encoder_of(worker);
  emit({job.outcomes, job.timeouts, repeated}, own);
  if (options.observe) options.observe(took);
  if (options.own_metrics) options.own_metrics(own);
  const auto again = job.exposition.join(own);
  job.exposition.append(own.trailer());
  try {
    job.order.done(job.exposition.take(), job.outcomes);
  } catch (const std::exception& error) {
    logger->error("a scrape could not be answered", {{"err", error.what()}});
  }
  job.order = {};
  lock.lock();
  duplicates += again;
  job.runs = false;
}

// Collectors do not throw, but they may run out of memory.
Status Scraper::State::collect(Collector& collector, metrics::Sink& out) const {
  try {
    return collector.collect(out);
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

// False: it came back after its dead-line, when the scrape had gone on without it.
bool Scraper::State::run_collector(std::unique_lock<std::mutex>& lock, Worker& worker,
                                   const CollectorSet::Slot& slot) {
  const auto kept = job.order.collectors;  // the slot lives as long as this thread is in it
  auto& encoder = encoder_of(worker);
  records[slot.id].busy = true;
  running = &slot;
  running_since = clock->steady();
  allowed = allowance();
  lock.unlock();
  const auto done = collect(*slot.collector, encoder);
  lock.lock();
  records[slot.id].busy = false;
  if (active != &worker) {
    logger->info("collector came back after its dead-line", {{"collector", slot.info->name}});
    return false;
  }
  running = nullptr;
  if (done) duplicates += job.exposition.join(encoder);
  settle(slot, done, clock->steady() - running_since);
  return true;
}

// A client that waits 10 s must not wait for 5 s on each of three stuck collectors: each gets at
// most half of what is left, and leaves half of their time to those in line.
nanoseconds Scraper::State::allowance() const {
  const auto now = clock->steady();
  auto most = std::min(options.collector_timeout, hurried);
  const auto leave = [&](nanoseconds time) {
    most = std::min(most, std::max<nanoseconds>(time, std::chrono::milliseconds(10)));
  };
  const auto budget = job.order.budget;
  if (budget > nanoseconds(0)) leave((budget - (now - job.submitted)) / 2);
  for (const auto& waiting : queue) {
    const auto its = waiting.order.budget;
    if (its > nanoseconds(0)) leave((its - (now - waiting.submitted)) / 2);
  }
  return most;
}

void Scraper::State::settle(const CollectorSet::Slot& slot, const Status& done, nanoseconds took) {
  const bool available = done || done.error().kind != Error::Kind::unavailable;
  job.outcomes.push_back({slot.info->name, done.has_value(), available, false, took});
  job.timeouts.push_back(records[slot.id].timeouts);
  auto& healthy = records[slot.id].was_healthy;
  if (done || !available) {
    if (!healthy) logger->info("collector works again", {{"collector", slot.info->name}});
    healthy = true;
  } else {
    if (healthy) {
      logger->error("collector failed; said once until it works again",
                    {{"collector", slot.info->name}, {"err", done.error().message}});
    }
    healthy = false;
  }
}

void Scraper::State::miss(const CollectorSet::Slot& slot, nanoseconds took) {
  job.outcomes.push_back({slot.info->name, false, true, true, took});
  job.timeouts.push_back(++records[slot.id].timeouts);
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
