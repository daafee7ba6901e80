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
#include <thread>

#include "base/fd.h"
#include "exporter/name_set.h"

namespace serverpulse::exporter {
namespace {

using std::chrono::nanoseconds;

constexpr auto kDuration =
    metrics::gauge("node_scrape_collector_duration_seconds",
                   "node_exporter: Duration of a collector scrape.", "collector");
constexpr auto kSuccess = metrics::gauge(
    "node_scrape_collector_success", "node_exporter: Whether a collector succeeded.", "collector");
constexpr auto kAvailable = metrics::gauge(
    "serverpulse_collector_available",
    "Whether this host has what the collector reads; 0 is not a failure.", "collector");
constexpr auto kTimeouts = metrics::counter(
    "serverpulse_collector_timeouts_total",
    "Scrapes that went without this collector because it had not answered in time.", "collector");
constexpr auto kDuplicates = metrics::counter(
    "serverpulse_scrape_duplicate_families_total",
    "Metric families left out of a scrape because another collector had already given them.");

// One scrape on its way. Kept between scrapes for its buffers.
struct Job {
  ScrapeOrder order;
  std::shared_ptr<CollectorSet> set;
  std::size_t next = 0;
  nanoseconds began{0};
  NameSet names;
  std::vector<CollectorOutcome> outcomes;
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
  std::deque<ScrapeOrder> queue;
  Job job;
  std::uint64_t duplicates = 0;

  std::list<Worker> workers;  // the active one, and those whose collector did not come back
  Worker* active = nullptr;
  const CollectorSet::Slot* running = nullptr;  // what the active worker is in
  nanoseconds running_since{0};
  nanoseconds allowed{0};

  Fd timer;
  bool stopping = false;
  std::jthread watch;

  void start_worker();
  void work_loop(Worker& worker);
  void run_job(std::unique_lock<std::mutex>& lock, Worker& worker);
  bool run_collector(std::unique_lock<std::mutex>& lock, Worker& worker,
                     const CollectorSet::Slot& slot);
  metrics::Encoder& encoder_of(Worker& worker) const;
  void join(const metrics::Encoder& from);
  void settle(const CollectorSet::Slot& slot, const Status& done, nanoseconds took);
  void miss(const CollectorSet::Slot& slot, nanoseconds took);
  void emit_own(metrics::Encoder& out);
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

// REQUIRES: the mutex is held.
void Scraper::State::start_worker() {
  workers.remove_if([](const Worker& w) { return w.finished; });
  Worker& worker = workers.emplace_back();
  active = &worker;
  worker.thread = std::jthread([this, &worker] { work_loop(worker); });
}

void Scraper::State::work_loop(Worker& worker) {
  std::unique_lock lock(mutex);
  while (active == &worker && !stopping) {
    if (job.set) {
      run_job(lock, worker);
    } else if (!queue.empty()) {
      job.order = std::move(queue.front());
      queue.pop_front();
      job.set = set;
      job.next = 0;
      job.began = clock->steady();
      job.names.clear();
      job.outcomes.clear();
      arm(allowance());
    } else {
      work.wait(lock);
    }
  }
  worker.finished = true;
  if (stopping) arm(nanoseconds(1));  // wakes the watch, which ends
  work.notify_all();
}

// Goes on with the job from where it stands, to its end or until this worker has been abandoned.
void Scraper::State::run_job(std::unique_lock<std::mutex>& lock, Worker& worker) {
  const auto& slots = job.set->slots();
  while (job.next < slots.size()) {
    const auto& slot = slots[job.next++];
    if (!job.order.selection.test(job.next - 1)) continue;
    if (records[slot.id].busy) {
      miss(slot, nanoseconds(0));
    } else if (!run_collector(lock, worker, slot)) {
      return;
    }
  }
  arm(nanoseconds(0));
  auto& own = encoder_of(worker);
  emit_own(own);
  const auto took = clock->steady() - job.began;
  lock.unlock();
  if (options.observe) options.observe(took);
  if (options.own_metrics) options.own_metrics(own);
  lock.lock();
  join(own);
  job.order.buffer += own.trailer();
  job.set.reset();
  const auto done = std::move(job.order.done);
  auto bytes = std::move(job.order.buffer);
  auto outcomes = std::move(job.outcomes);
  lock.unlock();
  done(std::move(bytes), outcomes);
  lock.lock();
  job.outcomes = std::move(outcomes);
}

// False: it came back after its dead-line, when the scrape had gone on without it.
bool Scraper::State::run_collector(std::unique_lock<std::mutex>& lock, Worker& worker,
                                   const CollectorSet::Slot& slot) {
  const auto kept = job.set;  // the slot lives as long as this thread is in it
  auto& encoder = encoder_of(worker);
  records[slot.id].busy = true;
  running = &slot;
  running_since = clock->steady();
  allowed = allowance();
  lock.unlock();
  const auto done = slot.collector->collect(encoder);
  lock.lock();
  records[slot.id].busy = false;
  if (active != &worker) {
    logger->info("collector came back after its dead-line", {{"collector", slot.info->name}});
    return false;
  }
  running = nullptr;
  if (done) join(encoder);
  settle(slot, done, clock->steady() - running_since);
  return true;
}

// A scraper that waits 10 s must not wait for 5 s on each of three stuck collectors: each gets at
// most half of what is left.
nanoseconds Scraper::State::allowance() const {
  auto most = options.collector_timeout;
  if (job.order.budget > nanoseconds(0)) {
    const auto left = job.order.budget - (clock->steady() - job.began);
    most = std::min(most, std::max<nanoseconds>(left / 2, std::chrono::milliseconds(10)));
  }
  return most;
}

void Scraper::State::join(const metrics::Encoder& from) {
  auto& out = job.order.buffer;
  const std::string_view bytes = from.bytes();
  std::size_t begin = 0;  // of the families not yet copied
  for (const auto& mark : from.marks()) {
    if (job.names.insert(mark.name_hash)) continue;
    ++duplicates;
    out += bytes.substr(begin, mark.begin - begin);
    begin = mark.end;
  }
  out += bytes.substr(begin);
}

void Scraper::State::settle(const CollectorSet::Slot& slot, const Status& done, nanoseconds took) {
  const bool available = done || done.error().kind != Error::Kind::unavailable;
  job.outcomes.push_back({slot.info->name, done.has_value(), available, false, took});
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
  ++records[slot.id].timeouts;
  job.outcomes.push_back({slot.info->name, false, true, true, took});
}

void Scraper::State::emit_own(metrics::Encoder& out) {
  {
    auto rows = out.rows(kDuration);
    for (const auto& o : job.outcomes) {
      rows.add({o.name}, std::chrono::duration<double>(o.duration).count());
    }
  }
  {
    auto rows = out.rows(kSuccess);
    for (const auto& o : job.outcomes) rows.add({o.name}, o.success ? 1 : 0);
  }
  {
    auto rows = out.rows(kAvailable);
    for (const auto& o : job.outcomes) rows.add({o.name}, o.available ? 1 : 0);
  }
  {
    auto rows = out.rows(kTimeouts);
    for (const auto& slot : job.set->slots()) {
      rows.add({slot.info->name}, static_cast<double>(records[slot.id].timeouts));
    }
  }
  out.add(kDuplicates, static_cast<double>(duplicates));
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
  if (stopping) {
    active = nullptr;
    work.notify_all();
    return;
  }
  arm(allowed);
  start_worker();
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
  stop(nanoseconds::zero());
  for (auto& worker : state_->workers) worker.thread.join();
  state_->watch.join();
}

void Scraper::submit(ScrapeOrder order) {
  const std::lock_guard lock(state_->mutex);
  state_->queue.push_back(std::move(order));
  state_->work.notify_all();
}

void Scraper::replace(std::shared_ptr<CollectorSet> collectors, nanoseconds timeout) {
  const std::lock_guard lock(state_->mutex);
  state_->set = std::move(collectors);
  state_->options.collector_timeout = timeout;
}

std::shared_ptr<const CollectorSet> Scraper::collectors() const {
  const std::lock_guard lock(state_->mutex);
  return state_->set;
}

bool Scraper::stop(nanoseconds grace) {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->queue.clear();
  state_->work.notify_all();
  state_->work.wait_for(lock, grace,
                        [&] { return state_->active == nullptr || state_->active->finished; });
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
