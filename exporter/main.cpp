// SPDX-License-Identifier: LicenseRef-ServerPulse
#include <cstdio>

#include "exporter/collector.h"
#include "metrics/encoder.h"

using namespace serverpulse;

int main() {
  SystemClock clock;
  const log::Logger logger(clock);
  exporter::RealKernel kernel;
  exporter::Host host;
  host.kernel = &kernel;
  host.clock = &clock;
  host.logger = &logger;
  const config::Settings settings(exporter::collector_options());
  const auto encoder = metrics::make_encoder(metrics::Format::text);
  for (const auto* info : exporter::all_collectors()) {
    const config::Options options(settings, "collector." + std::string(info->name) + ".");
    auto collector = info->make({host, options});
    if (!collector) continue;
    if (const auto done = (*collector)->collect(*encoder); !done) {
      logger.warn("collector failed", {{"collector", info->name}, {"err", done.error().message}});
    }
  }
  std::fwrite(encoder->bytes().data(), 1, encoder->bytes().size(), stdout);
  return 0;
}
