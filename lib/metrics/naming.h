// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What OpenMetrics makes of a family: a counter is named without _total and an info without _info
// in its metadata, while its samples keep the whole name. A family that cannot be said so (a
// counter without _total: node_exporter has dozens) gets a weaker type there, since renaming its
// samples would make other series of them. OpenMetrics 1.0, "MetricFamily" and "Suffixes".
#pragma once

#include <cmath>
#include <span>
#include <string_view>

#include "metrics/sink.h"

namespace serverpulse::metrics {

/// How OpenMetrics speaks of a family.
struct OpenMetricsNaming {
  std::string_view name;  ///< In HELP, TYPE and UNIT.
  Type type;              ///< What it may be called there.
  std::string_view unit;  ///< Empty where the name does not end with it.
};

/// Whether `unit` is the last word of `name` and not all of it.
[[nodiscard]] constexpr bool ends_with_unit(std::string_view name, std::string_view unit) {
  return !unit.empty() && name.size() > unit.size() + 1 && name.ends_with(unit) &&
         name[name.size() - unit.size() - 1] == '_';
}

[[nodiscard]] constexpr OpenMetricsNaming openmetrics_naming(const Family& family) {
  OpenMetricsNaming naming{family.name, family.type, {}};
  const auto strip = [&](std::string_view suffix) {
    if (family.name.size() <= suffix.size() || !family.name.ends_with(suffix)) return false;
    naming.name.remove_suffix(suffix.size());
    return true;
  };
  if (family.type == Type::counter && !strip("_total")) naming.type = Type::unknown;
  if (family.type == Type::info && !strip("_info")) naming.type = Type::gauge;
  if (family.type == Type::stateset) {
    bool named = false;
    for (const auto label : family.label_names) named = named || label == family.name;
    if (!named) naming.type = Type::gauge;
  }
  const bool unitless = naming.type == Type::info || naming.type == Type::stateset;
  if (!unitless && ends_with_unit(naming.name, family.unit)) naming.unit = family.unit;
  return naming;
}

/// Whether the +Inf bucket is among them; if not it is HistogramValue::count.
[[nodiscard]] inline bool has_infinite(std::span<const Bucket> buckets) {
  for (const auto& bucket : buckets) {
    if (std::isinf(bucket.upper_bound) && bucket.upper_bound > 0) return true;
  }
  return false;
}

}  // namespace serverpulse::metrics
