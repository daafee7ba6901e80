// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/command.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/fields.h"
#include "config/resolve.h"
#include "exporter/options.h"
#include "exporter/serve.h"
#include "exporter/version.h"
#include "http/web_security.h"

namespace serverpulse::exporter {
namespace {

constexpr int kWrong = 1;

void print(std::FILE* to, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), to);
}

int show_version() {
  print(stdout, "serverpulse-exporter, version " + std::string(kVersion) + " (revision: " +
                    std::string(kRevision) + ")\n  compiler:  " + std::string(kCompiler) + "\n");
  return 0;
}

int complain(const std::vector<std::string>& errors) {
  for (const auto& error : errors) {
    for (const auto line : Lines(error)) {
      print(stderr, "serverpulse-exporter: error: " + std::string(line) + "\n");
    }
  }
  return kWrong;
}

// Everything that serving would refuse, without serving.
int check(const config::Resolution& resolved, const Host& host, const SystemClock& clock,
          const log::Logger& logger) {
  std::vector<std::string> errors = resolved.errors;
  if (resolved.ok()) {
    const auto set = CollectorSet::make(all_collectors(), host, resolved.settings);
    if (!set) errors.push_back(set.error().message);
    const auto security =
        http::WebSecurity::open(resolved.settings.text("web.config.file"), clock, logger);
    if (!security) errors.push_back(security.error().message);
  }
  for (const auto& warning : resolved.warnings) print(stdout, "warning: " + warning + "\n");
  if (!errors.empty()) return complain(errors);
  print(stdout, "configuration is valid\n");
  return 0;
}

}  // namespace

int run_command(std::span<const std::string_view> arguments) {
  const auto invocation = config::split_verb(commands(), arguments);
  if (!invocation) return complain({invocation.error().message});
  const auto flags = config::parse_flags(all_options(), invocation->arguments);
  if (flags.help) {
    print(stdout, help());
    return 0;
  }
  if (flags.version) return show_version();
  const LoadSettings load = [&flags] {
    return resolve_options(flags, config::environment_of(::environ));
  };
  const auto resolved = load();

  const SystemClock clock;
  log::Logger logger(clock);
  RealKernel kernel;
  Host host;
  set_roots(host, resolved.settings);
  host.kernel = &kernel;
  host.clock = &clock;
  host.logger = &logger;
  if (invocation->verb == "check-config" || resolved.settings.boolean("config.check")) {
    return check(resolved, host, clock, logger);
  }
  if (!resolved.ok()) return complain(resolved.errors);
  logger.set(log_level(resolved.settings), log_format(resolved.settings));
  for (const auto& warning : resolved.warnings) logger.warn(warning);
  const auto served = serve(resolved.settings, load, host, logger);
  if (!served) return complain({served.error().message});
  return 0;
}

}  // namespace serverpulse::exporter
