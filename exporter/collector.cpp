// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/collector.h"

#include <deque>
#include <vector>

namespace serverpulse::exporter {
namespace {

struct Table {
  std::deque<std::string> names;
  std::vector<config::Option> options;

  Table() {
    for (const auto* info : all_collectors()) {
      const auto& own = names.emplace_back("collector." + std::string(info->name));
      config::Option on{own, config::Kind::boolean, info->enabled ? "true" : "false", info->help};
      on.has_own_map = true;
      options.push_back(on);
      for (const auto& option : info->options) {
        options.push_back(option);
        options.back().name = names.emplace_back(own + "." + std::string(option.name));
      }
    }
  }
};

}  // namespace

std::span<const config::Option> collector_options() {
  static const Table table;
  return table.options;
}

}  // namespace serverpulse::exporter
