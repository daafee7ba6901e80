// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// MetricsHandler answers GET /metrics: which collectors (`collect[]`, `exclude[]`), in which format
// and compression (Accept, Accept-Encoding), within which time
// (X-Prometheus-Scrape-Timeout-Seconds), then hands the order to the Scraper. The answer is made
// and compressed on the scrape's thread, so the thread that serves connections never waits.
#pragma once

#include <memory>

#include "exporter/scrape.h"
#include "http/http.h"
#include "metrics/compress.h"

namespace serverpulse::exporter {

class MetricsHandler final : public http::Handler {
 public:
  /// `scraper` must outlive the server.
  MetricsHandler(Scraper& scraper, metrics::EncoderOptions encoder)
      : scraper_(&scraper),
        encoder_(encoder),
        compressor_(std::make_shared<metrics::Compressor>()) {}
  void handle(const http::Request& request, std::string body, http::Reply reply) override;

 private:
  Scraper* scraper_;
  metrics::EncoderOptions encoder_;
  std::shared_ptr<metrics::Compressor> compressor_;  // one scrape ends at a time
};

/// The time a scraper leaves us: its time-out less half a second for the way back, at least half of
/// it; 0 when the header is absent or malformed.
[[nodiscard]] std::chrono::nanoseconds scrape_budget(const http::Request& request);

}  // namespace serverpulse::exporter
