// SPDX-License-Identifier: LicenseRef-ServerPulse
#include <algorithm>

#include "base/fields.h"
#include "config/yaml.h"
#include "exporter/scrape.h"

namespace serverpulse::exporter {
namespace {

// Begins with the collector's name, once, and ends with where the user set what it was made from.
std::string refusal(const CollectorInfo& info, const config::Settings& settings,
                    std::string_view message) {
  const auto name = "collector." + std::string(info.name);
  const bool named = message.starts_with(name) || message.starts_with("--" + name);
  std::string out = named ? std::string(message) : name + ": " + std::string(message);
  std::string_view before = " (";
  for (const auto& option : info.options) {
    const auto full = name + "." + std::string(option.name);
    if (settings.origin(full) == config::Origin::initial) continue;
    out.append(before).append(settings.where(full));
    before = ", ";
  }
  return before == ", " ? out + ")" : out;
}

}  // namespace

Result<std::shared_ptr<CollectorSet>> CollectorSet::make(
    std::span<const CollectorInfo* const> infos, const Host& host,
    const config::Settings& settings) {
  auto set = std::make_shared<CollectorSet>();
  const bool by_name_only =
      settings.has("collector.disable-defaults") && settings.boolean("collector.disable-defaults");
  std::vector<std::string> refusals;
  for (std::size_t id = 0; id < infos.size() && id < kMaxCollectors; ++id) {
    const auto* info = infos[id];
    const auto name = "collector." + std::string(info->name);
    const bool asked = settings.origin(name) != config::Origin::initial;
    if (!settings.boolean(name) || (by_name_only && !asked)) continue;
    auto collector = info->make({host, config::Options(settings, name + ".")});
    if (!collector) {
      refusals.push_back(refusal(*info, settings, collector.error().message));
      continue;
    }
    set->slots_.push_back({info, std::move(*collector), id});
  }
  if (!refusals.empty()) return config::fail_all(refusals);
  return set;
}

Result<Selection> CollectorSet::select(std::span<const std::string> collect,
                                       std::span<const std::string> exclude) const {
  Selection selection;
  if (!collect.empty() && !exclude.empty()) {
    return fail("Combined collect and exclude queries are not allowed.");
  }
  const bool only = !collect.empty();
  if (!only) {
    for (std::size_t i = 0; i < slots_.size(); ++i) selection.set(i);
  }
  for (const auto& name : only ? collect : exclude) {
    const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                   [&](const Slot& s) { return s.info->name == name; });
    if (slot == slots_.end()) return fail("missing or disabled collector: " + excerpt(name));
    selection.set(static_cast<std::size_t>(slot - slots_.begin()), only);
  }
  return selection;
}

}  // namespace serverpulse::exporter
