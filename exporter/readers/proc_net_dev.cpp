// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/proc_net_dev.h"

#include <algorithm>

#include "base/fields.h"

namespace serverpulse::exporter {
namespace {

bool parse_line(std::string_view line, NetDevLine& out) {
  const auto colon = line.rfind(':');
  if (colon == std::string_view::npos) return false;
  out.name = trim(line.substr(0, colon));
  Fields fields(line.substr(colon + 1));
  for (auto& value : out.values) value = fields.next<std::uint64_t>();
  return fields.ok() && !out.name.empty();
}

}  // namespace

Status parse_net_dev(std::string_view text, const std::string& path,
                     std::vector<NetDevLine>& lines) {
  lines.clear();
  std::size_t number = 0;
  for (const auto line : Lines(text)) {
    if (++number <= 2) continue;
    if (!parse_line(line, lines.emplace_back())) {
      lines.clear();
      return fail(path + ": want a name, a colon and sixteen numbers, found " + excerpt(line));
    }
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  const auto same = [](const auto& a, const auto& b) { return a.name == b.name; };
  std::sort(lines.begin(), lines.end(), by_name);
  lines.erase(std::unique(lines.begin(), lines.end(), same), lines.end());
  return {};
}

}  // namespace serverpulse::exporter
