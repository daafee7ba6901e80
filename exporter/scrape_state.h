// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What a Scraper is inside: the scrape under way, those in line, the threads. scrape_job.cpp runs a
// scrape on a thread; scrape.cpp keeps the threads, watches the dead-line and faces the outside.
// Every member is guarded by `mutex`, but for what finish_job() says.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "exporter/exposition.h"
#include "exporter/scrape.h"

namespace serverpulse::exporter {

// One scrape on its way. Kept between scrapes for its buffers.
struct Job {
  ScrapeOrder order;
  std::chrono::nanoseconds submitted{0};
  std::chrono::nanoseconds began{0};
  std::size_t next = 0;
  Exposition exposition;
  std::vector<CollectorOutcome> outcomes;
  std::vector<std::uint64_t> timeouts;
  bool runs = false;
};

struct Waiting {
  ScrapeOrder order;
  std::chrono::nanoseconds submitted{0};
};

// The state of a collector by its id: outlives reloads.
struct Record {
  bool busy = false;  // on some thread now
  bool was_healthy = true;
  std::uint64_t timeouts = 0;
};

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
  std::chrono::nanoseconds running_since{0};
  std::chrono::nanoseconds allowed{0};
  std::chrono::nanoseconds hurried = std::chrono::nanoseconds::max();

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
  void settle(const CollectorSet::Slot& slot, const Status& done, std::chrono::nanoseconds took);
  void miss(const CollectorSet::Slot& slot, std::chrono::nanoseconds took);
  void arm(std::chrono::nanoseconds after) const;
  void watch_loop();
  void check_deadline();
  [[nodiscard]] std::chrono::nanoseconds allowance() const;
};

}  // namespace serverpulse::exporter
