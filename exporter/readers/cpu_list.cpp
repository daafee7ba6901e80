// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/cpu_list.h"

#include "base/fields.h"

namespace serverpulse::exporter {

Result<std::vector<std::uint32_t>> parse_cpu_list(std::string_view text, std::string_view where) {
  constexpr std::uint32_t kHighest = 65535;
  std::vector<std::uint32_t> cpus;
  text = trim(text);
  for (Fields ranges(text, ','); !text.empty() && ranges.more();) {
    const auto range = ranges.word();
    if (range.empty()) continue;
    const auto dash = range.find('-');
    const auto first = parse_number<std::uint32_t>(range.substr(0, dash));
    const auto last = dash == std::string_view::npos
                          ? first
                          : parse_number<std::uint32_t>(range.substr(dash + 1));
    if (!first || !last || *last > kHighest || *first > kHighest || cpus.size() > kHighest) {
      return fail(std::string(where) + ": want a list of CPUs such as \"0-3,8\", found " +
                  excerpt(text));
    }
    for (auto cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace serverpulse::exporter
