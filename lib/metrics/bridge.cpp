// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/bridge.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fields.h"
#include "base/result.h"
#include "base/utf8.h"
#include "metrics/stored.h"

namespace serverpulse::metrics {
namespace {

using prometheus::MetricType;

std::optional<Type> type_of(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return Type::counter;
    case MetricType::Gauge:
      return Type::gauge;
    case MetricType::Summary:
      return Type::summary;
    case MetricType::Untyped:
      return Type::unknown;
    case MetricType::Histogram:
      return Type::histogram;
  }
  return std::nullopt;
}

std::string_view bound_label(Type type) {
  if (type == Type::histogram) return "le";
  return type == Type::summary ? "quantile" : std::string_view();
}

// The sample's labels, sorted; those with an empty value are left out, since that is what they
// mean.
Result<std::vector<StoredLabel>> labels_of(const prometheus::ClientMetric& metric, Type type) {
  std::vector<StoredLabel> labels;
  for (const auto& [name, value] : metric.label) {
    if (!is_label_name(name)) return fail("want a label name, found " + excerpt(name));
    if (name.starts_with("__") || name == bound_label(type)) {
      return fail("want no reserved label, found " + excerpt(name));
    }
    if (!is_utf8(value)) return fail("want UTF-8 in label " + name + ", found " + excerpt(value));
    labels.push_back({name, value});
  }
  std::sort(labels.begin(), labels.end());
  for (std::size_t i = 1; i < labels.size(); ++i) {
    if (labels[i].name == labels[i - 1].name) {
      return fail("want each label once, found " + excerpt(labels[i].name) + " twice");
    }
  }
  std::erase_if(labels, [](const StoredLabel& label) { return label.value.empty(); });
  return labels;
}

Status take_histogram(const prometheus::ClientMetric::Histogram& from, StoredSample& to) {
  to.count = from.sample_count;
  to.sum = from.sample_sum;
  for (const auto& bucket : from.bucket) {
    const bool rises =
        to.buckets.empty() || (bucket.upper_bound > to.buckets.back().upper_bound &&
                               bucket.cumulative_count >= to.buckets.back().cumulative_count);
    if (std::isnan(bucket.upper_bound) || !rises) {
      return fail("want buckets that rise, found " + std::to_string(bucket.upper_bound));
    }
    to.buckets.push_back({bucket.upper_bound, bucket.cumulative_count, std::nullopt});
  }
  if (!to.buckets.empty() && to.buckets.back().cumulative_count > to.count) {
    return fail("want no bucket above the count, found " +
                std::to_string(to.buckets.back().cumulative_count));
  }
  return {};
}

Status take_value(const prometheus::ClientMetric& from, Type type, StoredSample& to) {
  switch (type) {
    case Type::counter:
      to.value = from.counter.value;
      break;
    case Type::gauge:
      to.value = from.gauge.value;
      break;
    case Type::histogram:
      return take_histogram(from.histogram, to);
    case Type::summary:
      to.count = from.summary.sample_count;
      to.sum = from.summary.sample_sum;
      for (const auto& [quantile, value] : from.summary.quantile) {
        to.quantiles.push_back({quantile, value});
      }
      break;
    default:
      to.value = from.untyped.value;
      break;
  }
  return {};
}

Result<StoredFamily> take(const prometheus::MetricFamily& from, const CreatedAt& created_at) {
  const auto type = type_of(from.type);
  if (!is_metric_name(from.name)) return fail("want a metric name, found " + excerpt(from.name));
  if (!type) return fail("want a known type");
  if (!is_utf8(from.help)) return fail("want UTF-8 in HELP, found " + excerpt(from.help));
  StoredFamily family{from.name, from.help, *type, std::string(detail::unit_of(from.name)), {}};
  std::set<std::vector<StoredLabel>> seen;
  for (const auto& metric : from.metric) {
    auto labels = labels_of(metric, *type);
    if (!labels) return fail(labels);
    if (!seen.insert(*labels).second) return fail("want samples that differ in their labels");
    StoredSample sample;
    sample.labels = *std::move(labels);
    if (created_at) sample.created_seconds = created_at(from.name, sample.labels);
    if (metric.timestamp_ms != 0) sample.timestamp_ms = metric.timestamp_ms;
    if (const auto status = take_value(metric, *type, sample); !status) return fail(status);
    family.samples.push_back(std::move(sample));
  }
  return family;
}

// The names under which a family's samples appear.
std::vector<std::string> sample_names(const StoredFamily& family) {
  if (family.type == Type::histogram) {
    return {family.name, family.name + "_bucket", family.name + "_sum", family.name + "_count"};
  }
  if (family.type == Type::summary) {
    return {family.name, family.name + "_sum", family.name + "_count"};
  }
  return {family.name};
}

}  // namespace

BridgeOutcome bridge(const prometheus::Collectable& from, Sink& to, const CreatedAt& created_at) {
  BridgeOutcome outcome;
  const auto refuse = [&](const std::string& reason) {
    if (outcome.refused++ == 0) outcome.first_reason = reason;
  };
  std::vector<prometheus::MetricFamily> collected;
  try {
    collected = from.Collect();
  } catch (const std::exception& e) {
    refuse(std::string("Collect threw ") + excerpt(e.what()));
  } catch (...) {
    refuse("Collect threw something that is no std::exception");
  }
  std::set<std::string> seen;
  for (const auto& family : collected) {
    const auto taken = take(family, created_at);
    if (!taken) {
      refuse(excerpt(family.name) + ": " + taken.error().message);
      continue;
    }
    if (taken->samples.empty()) continue;
    const auto names = sample_names(*taken);
    const bool doubled = std::any_of(names.begin(), names.end(),
                                     [&](const auto& name) { return seen.contains(name); });
    if (doubled) {
      refuse(excerpt(family.name) + ": want each name once, found it twice");
      continue;
    }
    seen.insert(names.begin(), names.end());
    emit(*taken, to);
    ++outcome.families;
  }
  return outcome;
}

}  // namespace serverpulse::metrics
