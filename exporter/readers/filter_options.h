// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The include and exclude flags that node_exporter's collectors share, with its rules: the default
// of the exclude flag gives way to an include flag, the deprecated name stands for the exclude
// flag, and what the user set twice is refused.
#pragma once

#include <string_view>

#include "base/pattern.h"
#include "exporter/collector.h"

namespace serverpulse::exporter {

/// Option names without the prefix. `deprecated` is the exclude flag's old name.
struct FilterOptions {
  std::string_view collector;
  std::string_view include;
  std::string_view exclude;
  std::string_view deprecated;
};

/// Errors name the flags.
[[nodiscard]] Result<DeviceFilter> make_filter(const Context& context, const FilterOptions& names);

}  // namespace serverpulse::exporter
