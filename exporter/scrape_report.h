// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What a scrape says of itself: node_exporter's node_scrape_collector_* and what they leave open
// (whether the host has the thing at all, how often a collector was not waited for).
#pragma once

#include <cstdint>
#include <span>

#include "exporter/scrape.h"
#include "metrics/sink.h"

namespace serverpulse::exporter {

struct ScrapeReport {
  std::span<const CollectorOutcome> outcomes;
  std::span<const std::uint64_t> timeouts;  ///< Of each outcome's collector since the start.
  std::uint64_t duplicates = 0;             ///< Families left out since the start.
};

void emit(const ScrapeReport& report, metrics::Sink& out);

}  // namespace serverpulse::exporter
