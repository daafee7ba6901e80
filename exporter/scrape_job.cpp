// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// One scrape from its order to its bytes, on the thread that runs its collectors.
#include <algorithm>
#include <exception>

#include "exporter/scrape_report.h"
#include "exporter/scrape_state.h"

namespace serverpulse::exporter {

using std::chrono::nanoseconds;

metrics::Encoder& Scraper::State::encoder_of(Worker& worker) const {
  const auto& order = job.order;
  const auto at =
      static_cast<std::size_t>(order.format) * 2 + (order.encoder.created_lines ? 1 : 0);
  auto& encoder = worker.encoders.at(at);
  if (!encoder) encoder = metrics::make_encoder(order.format, order.encoder);
  encoder->clear();
  return *encoder;
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

}  // namespace serverpulse::exporter
