// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Scraper runs the collectors of a scrape one after another on one thread, each within a dead-line.
// A collector that does not come back in time (a hung mount, a slow sensor) keeps the thread it is
// on; the scrape goes on without it on a new one. Until it comes back it is not started again, so
// it holds one thread at most, whatever the number of scrapes and reloads; when it does, what it
// brings is thrown away and it takes part again. See docs/decisions/0006-deadline.md.
//
// A collector writes into an encoder that belongs to the thread, and what it wrote joins the scrape
// only when it has come back in time: so a scrape holds all of a collector or nothing of it.
#pragma once

#include <bitset>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/options.h"
#include "exporter/collector.h"
#include "log/log.h"
#include "metrics/encoder.h"

namespace serverpulse::exporter {

constexpr std::size_t kMaxCollectors = 128;

/// Which of a CollectorSet's collectors take part, by position.
using Selection = std::bitset<kMaxCollectors>;

/// The enabled collectors of one configuration. Thread rule: given to a Scraper, then its own.
class CollectorSet {
 public:
  /// Those of `infos` that `settings` enable. Errors name the collector and what it refused.
  static Result<std::shared_ptr<CollectorSet>> make(std::span<const CollectorInfo* const> infos,
                                                    const Host& host,
                                                    const config::Settings& settings);

  /// `?collect[]=` and `?exclude[]=`. Both, or a name that is not enabled, is an error.
  [[nodiscard]] Result<Selection> select(std::span<const std::string> collect,
                                         std::span<const std::string> exclude) const;

  struct Slot {
    const CollectorInfo* info;
    std::unique_ptr<Collector> collector;
    std::size_t id;  ///< Position in the list the set was made from: the same in every set.
  };
  [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }

 private:
  std::vector<Slot> slots_;
};

/// What came of one collector in one scrape.
struct CollectorOutcome {
  std::string_view name;
  bool success = false;
  bool available = true;  ///< False: this host has no such thing.
  bool timed_out = false;
  std::chrono::nanoseconds duration{0};
};

struct ScrapeOrder {
  /// What `selection` counts in; null: the current one. A reload between the order and its scrape
  /// must not change which collectors it meant.
  std::shared_ptr<CollectorSet> collectors;
  Selection selection;
  metrics::Format format = metrics::Format::text;
  metrics::EncoderOptions encoder;
  std::chrono::nanoseconds budget{0};  ///< What the client waits, from submit(); 0: unknown.
  std::string buffer;                  ///< Kept capacity for the exposition.
  /// Called on a scrape thread with the whole exposition and what came of each collector. Dropped
  /// uncalled when the program stops first, or can start no thread.
  std::function<void(std::string exposition, std::span<const CollectorOutcome>)> done;
};

struct ScraperOptions {
  std::chrono::nanoseconds collector_timeout = std::chrono::seconds(5);
  /// Called at the end of each scrape on the scrape's thread: the program's own metrics.
  std::function<void(metrics::Sink&)> own_metrics;
  /// Called on the same thread with the time all collectors took together, before own_metrics.
  std::function<void(std::chrono::nanoseconds)> observe;
};

/// Thread rule: any thread.
class Scraper {
 public:
  Scraper(std::shared_ptr<CollectorSet> collectors, ScraperOptions options, const Clock& clock,
          const log::Logger& logger);
  /// Stops and joins every thread, so it waits for what stop() does not.
  ~Scraper();
  Scraper(const Scraper&) = delete;
  Scraper& operator=(const Scraper&) = delete;

  void submit(ScrapeOrder order);

  /// A new configuration's collectors; scrapes under way finish with the old ones.
  void replace(std::shared_ptr<CollectorSet> collectors, std::chrono::nanoseconds timeout);
  [[nodiscard]] std::shared_ptr<CollectorSet> collectors() const;

  /// From now on no collector, the running one included, gets more than `each`: the program ends,
  /// and what was asked for is to be answered before.
  void hurry(std::chrono::nanoseconds each);

  /// Finishes the scrape under way, waiting for at most `grace`, and drops those in line. False: a
  /// collector is still in a system call; its thread cannot be ended, so a process that must end
  /// leaves by _exit().
  bool stop(std::chrono::nanoseconds grace);

  /// Threads kept by collectors that did not come back.
  [[nodiscard]] std::size_t stuck() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace serverpulse::exporter
