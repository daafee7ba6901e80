// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/own_metrics.h"

namespace serverpulse::exporter {
namespace {

constexpr auto kOpen = metrics::gauge("serverpulse_http_connections_open",
                                      "Connections of clients that are open now.");
constexpr auto kInFlight = metrics::gauge("serverpulse_http_requests_in_flight",
                                          "Requests being admitted, read or answered now.");
constexpr auto kAccepted =
    metrics::counter("serverpulse_http_connections_accepted_total", "Connections accepted.");
constexpr auto kEvicted = metrics::counter("serverpulse_http_connections_evicted_total",
                                           "Connections closed to make room for new ones.");
constexpr auto kPauses = metrics::counter(
    "serverpulse_http_accept_pauses_total",
    "Times the server stopped accepting because descriptors or connections had run out.");
constexpr auto kHandshakes = metrics::counter("serverpulse_http_tls_handshake_failures_total",
                                              "TLS handshakes that did not succeed.");
constexpr auto kMissed = metrics::counter("serverpulse_http_deadlines_missed_total",
                                          "Connections given up because the client was too slow.");
constexpr auto kReceived = metrics::counter("serverpulse_http_received_bytes_total",
                                            "Bytes of requests, after decryption.");
constexpr auto kSent =
    metrics::counter("serverpulse_http_sent_bytes_total", "Bytes of answers, before encryption.");

void emit_server(metrics::Sink& out, const http::Stats& stats) {
  const auto value = [](const std::atomic<std::uint64_t>& from) {
    return static_cast<double>(from.load(std::memory_order_relaxed));
  };
  out.add(kOpen, value(stats.connections_open));
  out.add(kInFlight, value(stats.requests_in_flight));
  out.add(kAccepted, value(stats.connections_accepted));
  out.add(kEvicted, value(stats.connections_evicted));
  out.add(kPauses, value(stats.accept_pauses));
  out.add(kHandshakes, value(stats.tls_handshake_failures));
  out.add(kMissed, value(stats.deadlines_missed));
  out.add(kReceived, value(stats.bytes_received));
  out.add(kSent, value(stats.bytes_sent));
}

}  // namespace

OwnMetrics::OwnMetrics(const log::Logger& logger) : logger_(&logger) {
  scrapes_ = self_.histogram("serverpulse_scrape_duration_seconds",
                             "Time from the start of a scrape to its last collector.",
                             {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5});
}

void OwnMetrics::observe(const http::Observation& seen) noexcept {
  try {
    std::tuple key(std::string(seen.route), std::string(seen.method), seen.status);
    auto found = requests_.find(key);
    if (found == requests_.end()) {
      const auto counter = self_.counter("serverpulse_http_requests_total",
                                         "Requests answered, by route, method and status.",
                                         {{"code", std::to_string(seen.status)},
                                          {"method", std::string(seen.method)},
                                          {"path", std::string(seen.route)}});
      found = requests_.emplace(std::move(key), counter).first;
    }
    found->second.add();
  } catch (const std::exception& error) {
    logger_->error("a request was not counted", {{"err", error.what()}});
  }
}

void OwnMetrics::emit(metrics::Sink& out, const http::Stats* stats) {
  self_.emit(out);
  if (stats != nullptr) emit_server(out, *stats);
  const auto done = process_.emit(out);
  if (!done && !process_failed_) {
    logger_->warn("process metrics are missing", {{"err", done.error().message}});
  }
  process_failed_ = !done;
}

}  // namespace serverpulse::exporter
