// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/metrics_handler.h"

#include <algorithm>
#include <cmath>

#include "base/fields.h"
#include "metrics/compress.h"
#include "metrics/negotiate.h"

namespace serverpulse::exporter {

std::chrono::nanoseconds scrape_budget(const http::Request& request) {
  const auto header = request.header("X-Prometheus-Scrape-Timeout-Seconds");
  if (!header) return std::chrono::nanoseconds(0);
  const auto seconds = parse_number<double>(*header);
  if (!seconds || !std::isfinite(*seconds) || *seconds <= 0 || *seconds > 3600) {
    return std::chrono::nanoseconds(0);
  }
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(std::max(*seconds - 0.5, *seconds / 2) * 1e9));
}

void MetricsHandler::handle(const http::Request& request, std::string body, http::Reply reply) {
  static_cast<void>(body);
  auto collectors = scraper_->collectors();
  const auto selection = collectors->select(http::query_values(request.query(), "collect[]"),
                                            http::query_values(request.query(), "exclude[]"));
  if (!selection) {
    reply.send(http::Response::text(400, selection.error().message + "\n"));
    return;
  }
  auto negotiated = metrics::negotiate(request.header("Accept").value_or(""));
  const auto coding = metrics::negotiate_coding(request.header("Accept-Encoding").value_or(""));

  ScrapeOrder order;
  order.collectors = std::move(collectors);
  order.selection = *selection;
  order.format = negotiated.format;
  order.encoder = encoder_;
  order.budget = scrape_budget(request);
  // std::function copies what it holds, and a Reply cannot be copied.
  const auto shared = std::make_shared<http::Reply>(std::move(reply));
  order.done = [shared, coding, type = std::move(negotiated.content_type),
                compressor = compressor_](std::string text, std::span<const CollectorOutcome>) {
    http::Response response;
    response.headers.emplace_back("Content-Type", type);
    response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
    if (coding != metrics::Coding::identity) {
      response.headers.emplace_back("Content-Encoding", metrics::coding_name(coding));
      text = compressor->compress(coding, text);
    }
    response.body = std::move(text);
    shared->send(std::move(response));
  };
  scraper_->submit(std::move(order));
}

}  // namespace serverpulse::exporter
