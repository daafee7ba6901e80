// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/family_builder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/fields.h"

namespace serverpulse::metrics {
namespace {

std::uint64_t clamped_count(double value) {
  if (!(value > 0)) return 0;
  if (value >= 0x1p64) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(value);
}

}  // namespace

tl::unexpected<Error> wanted(std::string_view what, std::string_view found) {
  return fail("want " + std::string(what) + ", found " +
              (found.empty() ? "the line's end" : excerpt(found)));
}

Status FamilyBuilder::select(const std::string& name) {
  if (!is_metric_name(name)) return wanted("a metric name", name);
  part_ = Part::value;
  if (find(name) != nullptr) return {};
  constexpr std::array<std::pair<std::string_view, Part>, 3> kSuffixes{
      {{"_count", Part::count}, {"_sum", Part::sum}, {"_bucket", Part::bucket}}};
  for (const auto& [suffix, part] : kSuffixes) {
    if (name.size() <= suffix.size() || !name.ends_with(suffix)) continue;
    const auto* const owner = find(std::string_view(name).substr(0, name.size() - suffix.size()));
    if (owner == nullptr) continue;
    const bool fits = owner->family.type == Type::histogram ||
                      (owner->family.type == Type::summary && part != Part::bucket);
    if (!fits) continue;
    part_ = part;
    return {};
  }
  current_ = families_.size();
  families_.emplace_back().family.name = name;
  by_name_.emplace(name, current_);
  return {};
}

const FamilyBuilder::Building* FamilyBuilder::find(std::string_view name) {
  const auto at = by_name_.find(std::string(name));
  if (at == by_name_.end()) return nullptr;
  current_ = at->second;
  return &families_[current_];
}

void FamilyBuilder::set_type(Type type) {
  families_[current_].family.type = type;
  families_[current_].typed = true;
}

std::string_view FamilyBuilder::bound_label() const {
  const auto type = families_[current_].family.type;
  if (type == Type::histogram) return "le";
  return type == Type::summary ? "quantile" : std::string_view();
}

Status FamilyBuilder::add(std::vector<StoredLabel> labels, std::optional<double> bound,
                          double value, std::optional<std::int64_t> timestamp_ms) {
  if (++samples_ > max_samples_) {
    return fail("want at most " + std::to_string(max_samples_) + " samples, found more");
  }
  families_[current_].typed = true;
  auto& sample = sample_of(std::move(labels));
  if (timestamp_ms) sample.timestamp_ms = timestamp_ms;
  if (!bound_label().empty()) return set_part(sample, bound, value);
  sample.value = value;
  return {};
}

// Of histograms and summaries the one that has these labels, in whatever order; else a new one.
StoredSample& FamilyBuilder::sample_of(std::vector<StoredLabel> labels) {
  auto& building = families_[current_];
  auto& samples = building.family.samples;
  std::size_t index = samples.size();
  if (!bound_label().empty()) {
    auto sorted = labels;
    std::sort(sorted.begin(), sorted.end());
    std::string key;
    for (const auto& label : sorted) key += label.name + '\xff' + label.value + '\xff';
    index = building.by_labels.emplace(std::move(key), index).first->second;
  }
  if (index == samples.size()) samples.emplace_back().labels = std::move(labels);
  return samples[index];
}

Status FamilyBuilder::set_part(StoredSample& sample, std::optional<double> bound, double value) {
  const bool histogram = families_[current_].family.type == Type::histogram;
  if (part_ == Part::sum) {
    sample.sum = value;
    return {};
  }
  const bool bounded = bound && !std::isnan(*bound);
  if (histogram && value < 0 && (part_ == Part::count || bounded)) {
    return fail("want a count of 0 or more, found " + std::to_string(value));
  }
  if (part_ == Part::count) {
    sample.count = clamped_count(value);
  } else if (bounded && histogram) {
    sample.buckets.push_back(StoredBucket{*bound, clamped_count(value), std::nullopt});
  } else if (bounded) {
    sample.quantiles.push_back(Quantile{*bound, value});
  }
  return {};
}

std::vector<StoredFamily> FamilyBuilder::finish() && {
  std::vector<StoredFamily> out;
  for (auto& building : families_) {
    if (!building.family.samples.empty()) out.push_back(std::move(building.family));
  }
  return out;
}

}  // namespace serverpulse::metrics
