// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// SelfMetrics: what a program counts about itself, on prometheus-cpp's registry, whose counters are
// atomic and whose histograms lock. No type of that library appears here. A handle is a pointer
// that stays valid as long as its SelfMetrics; get it once and keep it, since finding one takes a
// lock.
//
//   metrics::SelfMetrics self;
//   const auto requests = self.counter("http_requests_total", "…", {{"code", "200"}});
//   requests.add();
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metrics/sink.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace serverpulse::metrics {

/// Thread rule: any thread, the handles too.
class SelfMetrics {
 public:
  using Labels = std::map<std::string, std::string>;

  class Counter {
   public:
    Counter() = default;
    /// Negative amounts are ignored.
    void add(double amount = 1) const;
    explicit operator bool() const { return to_ != nullptr; }

   private:
    friend class SelfMetrics;
    prometheus::Counter* to_ = nullptr;
  };

  class Gauge {
   public:
    Gauge() = default;
    void set(double value) const;
    void add(double amount) const;
    explicit operator bool() const { return to_ != nullptr; }

   private:
    friend class SelfMetrics;
    prometheus::Gauge* to_ = nullptr;
  };

  class Histogram {
   public:
    Histogram() = default;
    void observe(double value) const;
    explicit operator bool() const { return to_ != nullptr; }

   private:
    friend class SelfMetrics;
    prometheus::Histogram* to_ = nullptr;
  };

  /// When each count began is told by the system's clock.
  SelfMetrics();
  /// The same by `clock`, which outlives this.
  explicit SelfMetrics(const Clock& clock);
  ~SelfMetrics();
  SelfMetrics(const SelfMetrics&) = delete;
  SelfMetrics& operator=(const SelfMetrics&) = delete;

  /// The same name and labels give the same counter. A malformed name or label, or a name that is
  /// of another type, gives a handle that is false and counts nothing: a program does not stop over
  /// its own statistics.
  [[nodiscard]] Counter counter(const std::string& name, const std::string& help,
                                const Labels& labels = {});
  [[nodiscard]] Gauge gauge(const std::string& name, const std::string& help,
                            const Labels& labels = {});
  /// `bounds` rise; +Inf is added. Of an existing histogram the bounds stay.
  [[nodiscard]] Histogram histogram(const std::string& name, const std::string& help,
                                    const std::vector<double>& bounds, const Labels& labels = {});

  /// Counters and histograms bear the time at which they were first asked for.
  void emit(Sink& sink) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace serverpulse::metrics
