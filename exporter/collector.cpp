// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/collector.h"

#include <algorithm>
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
        auto& copy = options.back();
        copy.name = names.emplace_back(own + "." + std::string(option.name));
        const auto below = std::string(option.name) + ".";
        copy.has_own_map =
            std::any_of(info->options.begin(), info->options.end(),
                        [&](const config::Option& other) { return other.name.starts_with(below); });
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
