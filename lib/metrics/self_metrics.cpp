// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/self_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "metrics/bridge.h"

namespace serverpulse::metrics {
namespace {

// prometheus-cpp's check_names lets an empty or reserved label pass in some versions; the bridge
// would then leave out the whole family, so they are refused here.
bool well_formed(const std::string& name, const SelfMetrics::Labels& labels) {
  return is_metric_name(name) && std::all_of(labels.begin(), labels.end(), [](const auto& label) {
           return is_label_name(label.first) && !label.first.starts_with("__");
         });
}

// What `add` makes, or nullptr where the library throws over a name of another type.
template <class Add>
auto made(const std::string& name, const SelfMetrics::Labels& labels, Add add) -> decltype(add()) {
  if (!well_formed(name, labels)) return nullptr;
  try {
    return add();
  } catch (const std::invalid_argument&) {
    return nullptr;
  }
}

}  // namespace

struct SelfMetrics::State {
  // As the bridge names a series: sorted, without empty labels.
  using Series = std::pair<std::string, std::vector<StoredLabel>>;

  explicit State(const Clock* given) : clock(given != nullptr ? given : &system) {}

  void note_creation(const std::string& name, const Labels& labels) {
    Series series{name, {}};
    for (const auto& [label, value] : labels) {
      if (!value.empty()) series.second.push_back({label, value});
    }
    const std::lock_guard lock(mutex);
    created.try_emplace(std::move(series), std::chrono::duration<double>(clock->wall()).count());
  }
  double created_at(const std::string& name, const std::vector<StoredLabel>& labels) {
    const std::lock_guard lock(mutex);
    const auto found = created.find({name, labels});
    return found == created.end() ? 0 : found->second;
  }

  SystemClock system;
  const Clock* clock;
  prometheus::Registry registry;
  std::mutex mutex;
  std::map<Series, double> created;
};

SelfMetrics::SelfMetrics() : state_(std::make_unique<State>(nullptr)) {}
SelfMetrics::SelfMetrics(const Clock& clock) : state_(std::make_unique<State>(&clock)) {}
SelfMetrics::~SelfMetrics() = default;

SelfMetrics::Counter SelfMetrics::counter(const std::string& name, const std::string& help,
                                          const Labels& labels) {
  Counter handle;
  handle.to_ = made(name, labels, [&] {
    auto& registry = state_->registry;
    return &prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
  });
  if (handle) state_->note_creation(name, labels);
  return handle;
}

SelfMetrics::Gauge SelfMetrics::gauge(const std::string& name, const std::string& help,
                                      const Labels& labels) {
  Gauge handle;
  handle.to_ = made(name, labels, [&] {
    auto& registry = state_->registry;
    return &prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
  });
  return handle;
}

SelfMetrics::Histogram SelfMetrics::histogram(const std::string& name, const std::string& help,
                                              const std::vector<double>& bounds,
                                              const Labels& labels) {
  Histogram handle;
  const bool rise = std::adjacent_find(bounds.begin(), bounds.end(),
                                       [](double a, double b) { return !(a < b); }) == bounds.end();
  if (!rise || labels.contains("le")) return handle;
  handle.to_ = made(name, labels, [&] {
    auto& registry = state_->registry;
    return &prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(labels,
                                                                                      bounds);
  });
  if (handle) state_->note_creation(name, labels);
  return handle;
}

void SelfMetrics::Counter::add(double amount) const {
  if (to_ != nullptr) to_->Increment(amount);
}

void SelfMetrics::Gauge::set(double value) const {
  if (to_ != nullptr) to_->Set(value);
}

void SelfMetrics::Gauge::add(double amount) const {
  if (to_ != nullptr) to_->Increment(amount);
}

void SelfMetrics::Histogram::observe(double value) const {
  if (to_ != nullptr) to_->Observe(value);
}

void SelfMetrics::emit(Sink& sink) const {
  bridge(state_->registry, sink,
         [this](const auto& name, const auto& labels) { return state_->created_at(name, labels); });
}

}  // namespace serverpulse::metrics
