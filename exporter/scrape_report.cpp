// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/scrape_report.h"

namespace serverpulse::exporter {
namespace {

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

}  // namespace

void emit(const ScrapeReport& report, metrics::Sink& out) {
  const auto column = [&](const metrics::Metric<1>& metric, auto value_of) {
    auto rows = out.rows(metric);
    for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
      rows.add({report.outcomes[i].name}, value_of(i));
    }
  };
  column(kDuration, [&](std::size_t i) {
    return std::chrono::duration<double>(report.outcomes[i].duration).count();
  });
  column(kSuccess, [&](std::size_t i) { return report.outcomes[i].success ? 1 : 0; });
  column(kAvailable, [&](std::size_t i) { return report.outcomes[i].available ? 1 : 0; });
  column(kTimeouts, [&](std::size_t i) { return static_cast<double>(report.timeouts[i]); });
  out.add(kDuplicates, static_cast<double>(report.duplicates));
}

}  // namespace serverpulse::exporter
