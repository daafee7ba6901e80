// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Service: the collectors of the current configuration, the pages that show them, and what is
// known of reloads. It knows nothing of sockets or signals: see serve.h.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "exporter/own_metrics.h"
#include "exporter/reloads.h"
#include "exporter/scrape.h"
#include "http/http.h"

namespace serverpulse::exporter {

class Service {
 public:
  /// Errors: a collector that refuses its options. The host's kernel, clock and logger outlive it.
  static Result<std::unique_ptr<Service>> make(const config::Settings& settings, const Host& host);

  /// The pages: telemetry path, `/`, health, readiness, reload.
  [[nodiscard]] http::Router router(const config::Settings& settings, Reloads& reloads);

  /// Takes the collectors of new settings, all or none. Thread rule: one thread.
  Status replace(const config::Settings& settings);

  /// Keeps what came of a reload for the metrics; logs it.
  void record_reload(const Status& done);

  [[nodiscard]] Scraper& scraper() { return *scraper_; }

  /// What the server is to tell its requests to; null with --web.disable-exporter-metrics.
  [[nodiscard]] http::Observer* observer() { return own_.get(); }
  /// The running server's figures, for the metrics. They outlive the service's last scrape.
  void set_server(const http::Stats& stats) { stats_ = &stats; }

 private:
  Service(const Host& host) : host_(host) {}
  void emit_own(metrics::Sink& out) const;

  Host host_;
  std::unique_ptr<OwnMetrics> own_;
  std::atomic<const http::Stats*> stats_{nullptr};
  std::atomic<bool> last_reload_ok_{true};
  std::atomic<double> last_reload_seconds_{0};
  std::unique_ptr<Scraper> scraper_;  // last: its threads use what is above
};

}  // namespace serverpulse::exporter
