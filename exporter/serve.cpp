// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/serve.h"

#include <unistd.h>

#include "exporter/options.h"
#include "http/server.h"
#include "http/web_security.h"

namespace serverpulse::exporter {
namespace {

// Together under the 5 s that the program promises.
constexpr auto kAnswers = std::chrono::milliseconds(3500);
constexpr auto kEach = std::chrono::milliseconds(500);
constexpr auto kScrape = std::chrono::milliseconds(500);

http::ServerOptions server_options(const config::Settings& settings) {
  http::ServerOptions options;
  options.listen = settings.texts("web.listen-address");
  options.systemd_socket = settings.boolean("web.systemd-socket");
  const auto most = settings.integer("web.max-requests");
  options.limits.requests_per_route = most > 0 ? static_cast<unsigned>(most) : 0;
  return options;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += (out.empty() ? "" : "; ") + line;
  return out;
}

// What of new settings can be applied while serving; says what cannot.
Status apply(const config::Settings& before, const config::Resolution& now, Service& service,
             log::Logger& logger) {
  if (!now.ok()) return fail(joined(now.errors));
  if (auto done = service.replace(now.settings); !done) return done;
  logger.set(log_level(now.settings), log_format(now.settings));
  for (const auto& warning : now.warnings) logger.warn(warning);
  for (const auto name : config::changed_fixed_options(all_options(), before, now.settings)) {
    logger.warn("changed, but takes effect only with a restart", {{"option", name}});
  }
  return {};
}

}  // namespace

Status serve(const config::Settings& settings, const LoadSettings& load, const Host& host,
             log::Logger& logger) {
  auto reloads = Reloads::make();
  if (!reloads) return fail(reloads);
  auto security = http::WebSecurity::open(settings.text("web.config.file"), *host.clock, logger);
  if (!security) return fail(security);
  auto service = Service::make(settings, host);
  if (!service) return fail(service);

  http::ServerHooks hooks;
  hooks.tls = (*security)->tls() ? security->get() : nullptr;
  hooks.admission = security->get();
  hooks.headers = security->get();
  hooks.observer = (*service)->observer();
  auto server = http::Server::start(server_options(settings),
                                    (*service)->router(settings, **reloads), logger, hooks);
  if (!server) return fail(server);
  (*service)->set_server((*server)->stats());
  for (const auto& address : (*server)->addresses()) {
    logger.info("listening",
                {{"address", address}, {"tls", (*security)->tls() ? "true" : "false"}});
  }

  (*reloads)->wait([&] {
    auto done = apply(settings, load(), **service, logger);
    (*service)->record_reload(done);
    return done;
  });

  logger.info("stopping");
  (*service)->scraper().hurry(kEach);
  (*server)->stop(kAnswers);
  (*service)->scraper().stop(kScrape);
  logger.info("stopped");
  // Not by way of the destructors: a thread may be lost in a statfs, or half-way through a costly
  // password, and nobody can join it. Nothing is buffered that would be lost.
  ::_exit(0);
}

}  // namespace serverpulse::exporter
