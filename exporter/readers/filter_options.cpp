// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/filter_options.h"

#include <string>

namespace serverpulse::exporter {

Result<DeviceFilter> make_filter(const Context& context, const FilterOptions& names) {
  const auto flag = [&](std::string_view name) {
    return "--collector." + std::string(names.collector) + "." + std::string(name);
  };
  const auto& include = context.options.text(names.include);
  const auto& deprecated = context.options.text(names.deprecated);
  const bool exclude_given = context.options.given(names.exclude);
  auto exclude = context.options.text(names.exclude);
  if (!deprecated.empty()) {
    if (exclude_given) {
      return fail(flag(names.deprecated) + " is the old name of " + flag(names.exclude) +
                  ": want one of them, found both");
    }
    context.host.logger->warn(flag(names.deprecated) + " is deprecated, use " +
                              flag(names.exclude));
    exclude = deprecated;
  }
  if (!include.empty() && !exclude_given) exclude.clear();
  auto filter = DeviceFilter::make(include, exclude);
  if (!filter) {
    return fail(flag(names.include) + ", " + flag(names.exclude) + ": " + filter.error().message);
  }
  return filter;
}

}  // namespace serverpulse::exporter
