// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/service.h"

#include "exporter/landing.h"
#include "exporter/metrics_handler.h"
#include "exporter/options.h"
#include "exporter/version.h"

namespace serverpulse::exporter {
namespace {

constexpr auto kBuildInfo = metrics::gauge(
    "serverpulse_exporter_build_info",
    "A metric with a constant value of 1, labelled by the version this program was built from.",
    "compiler", "revision", "version");
constexpr auto kReloadOk =
    metrics::gauge("serverpulse_exporter_config_last_reload_successful",
                   "Whether the last attempt to load the configuration was successful.");
constexpr auto kReloadTime =
    metrics::gauge("serverpulse_exporter_config_last_reload_success_timestamp_seconds",
                   "When the configuration was last loaded successfully, Unix time.");
constexpr auto kStuck = metrics::gauge("serverpulse_scrape_stuck_threads",
                                       "Threads held by collectors that did not answer in time.");

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// A path without a trailing slash, always with one at its front.
std::string as_path(std::string path) {
  if (path.empty() || path.front() != '/') path.insert(0, "/");
  return path;
}

}  // namespace

Result<std::unique_ptr<Service>> Service::make(const config::Settings& settings, const Host& host) {
  auto set = CollectorSet::make(all_collectors(), host, settings);
  if (!set) return fail(set);
  std::unique_ptr<Service> service(new Service(host));
  if (!settings.boolean("web.disable-exporter-metrics")) {
    service->own_ = std::make_unique<OwnMetrics>(*host.logger);
  }
  ScraperOptions options;
  options.collector_timeout = settings.duration("collector.timeout");
  options.own_metrics = [raw = service.get()](metrics::Sink& out) { raw->emit_own(out); };
  options.observe = [raw = service.get()](std::chrono::nanoseconds took) {
    if (raw->own_) raw->own_->observe_scrape(took);
  };
  service->scraper_ =
      std::make_unique<Scraper>(*set, std::move(options), *host.clock, *host.logger);
  service->last_reload_seconds_ = seconds(host.clock->wall());
  return service;
}

Status Service::replace(const config::Settings& settings) {
  Host host = host_;
  set_roots(host, settings);
  auto set = CollectorSet::make(all_collectors(), host, settings);
  if (!set) return fail(set);
  scraper_->replace(*set, settings.duration("collector.timeout"));
  host_ = host;
  return {};
}

void Service::record_reload(const Status& done) {
  last_reload_ok_ = done.has_value();
  if (done) {
    last_reload_seconds_ = seconds(host_.clock->wall());
    host_.logger->info("configuration loaded again");
  } else {
    host_.logger->error("configuration not loaded; the old one stays",
                        {{"err", done.error().message}});
  }
}

void Service::emit_own(metrics::Sink& out) const {
  {
    auto rows = out.rows(kBuildInfo);
    rows.add({kCompiler, kRevision, kVersion}, 1);
  }
  out.add(kReloadOk, last_reload_ok_ ? 1 : 0);
  out.add(kReloadTime, last_reload_seconds_);
  out.add(kStuck, static_cast<double>(scraper_->stuck()));
  if (own_) own_->emit(out, stats_);
}

http::Router Service::router(const config::Settings& settings, Reloads& reloads) {
  http::Router router;
  const auto path = as_path(settings.text("web.telemetry-path"));
  metrics::EncoderOptions encoder;
  encoder.created_lines = settings.boolean("web.created-lines");
  router.add("GET", path, std::make_shared<MetricsHandler>(*scraper_, encoder));

  const auto well = [](const http::Request&, std::string, http::Reply reply) {
    reply.send(http::Response::text(200, "ServerPulse exporter is healthy.\n"));
  };
  for (const auto* health : {"/healthz", "/-/healthy"}) router.add("GET", health, well);
  // Ready as soon as it serves: the first scrape needs nothing that is still being prepared.
  const auto ready = [](const http::Request&, std::string, http::Reply reply) {
    reply.send(http::Response::text(200, "ServerPulse exporter is ready.\n"));
  };
  for (const auto* readiness : {"/readyz", "/-/ready"}) router.add("GET", readiness, ready);
  router.add("POST", "/-/reload", [&reloads](const http::Request&, std::string, http::Reply reply) {
    reloads.request(std::move(reply));
  });
  if (path != "/") {
    router.add("GET", "/", [this, path](const http::Request&, std::string, http::Reply reply) {
      const Link links[] = {{path, "Metrics"}, {"/-/healthy", "Health"}, {"/-/ready", "Readiness"}};
      std::vector<std::string_view> names;
      const auto set = scraper_->collectors();
      for (const auto& slot : set->slots()) names.push_back(slot.info->name);
      http::Response page;
      page.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
      page.body = landing_page(kVersion, links, names);
      reply.send(std::move(page));
    });
  }
  return router;
}

}  // namespace serverpulse::exporter
