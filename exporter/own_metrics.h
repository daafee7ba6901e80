// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// OwnMetrics: what the exporter says of itself beside the host: requests served, how long scrapes
// take, the connections of its server, its process. `--web.disable-exporter-metrics` leaves all of
// it out.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "http/server.h"
#include "log/log.h"
#include "metrics/process_metrics.h"
#include "metrics/self_metrics.h"

namespace serverpulse::exporter {

class OwnMetrics final : public http::Observer {
 public:
  explicit OwnMetrics(const log::Logger& logger);

  /// An answered request. Thread rule: the server's loop thread.
  void observe(const http::Observation& seen) noexcept override;
  /// A finished scrape. Thread rule: any thread.
  void observe_scrape(std::chrono::nanoseconds took) const { scrapes_.observe(seconds(took)); }

  /// Thread rule: the scrape's thread. `stats` of a server that is up, or null before.
  void emit(metrics::Sink& out, const http::Stats* stats);

 private:
  static double seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
  }

  const log::Logger* logger_;
  metrics::SelfMetrics self_;
  metrics::SelfMetrics::Histogram scrapes_;
  metrics::ProcessMetrics process_;
  bool process_failed_ = false;
  // Loop thread only: finding a handle in the registry takes a lock and builds strings.
  std::map<std::tuple<std::string, std::string, int>, metrics::SelfMetrics::Counter, std::less<>>
      requests_;
};

}  // namespace serverpulse::exporter
