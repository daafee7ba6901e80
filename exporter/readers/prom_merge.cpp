// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/prom_merge.h"

#include <algorithm>
#include <cmath>

#include "base/fields.h"

namespace serverpulse::exporter {
namespace {

using metrics::Type;

constexpr std::size_t kMostProblems = 20;

// Equal for samples that a Prometheus server takes for the same series.
std::string series_key(const metrics::StoredSample& sample) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (const auto& label : sample.labels) {
    if (!label.value.empty()) pairs.emplace_back(label.name, label.value);
  }
  std::sort(pairs.begin(), pairs.end());
  std::string key;
  for (const auto& [name, value] : pairs) {
    key += name;
    key += '\xff';  // never in UTF-8
    key += value;
    key += '\xff';
  }
  return key;
}

// An order of all doubles: NaN is the last.
bool less(double a, double b) {
  return std::isnan(b) ? !std::isnan(a) : a < b;
}

// Appends the sample's bounds, rising, the last of equal ones.
template <class From, class To, class Bound, class Make>
void add_sorted(const std::vector<From>& from, std::vector<To>& to, Bound bound, Make make) {
  const auto begin = static_cast<std::ptrdiff_t>(to.size());
  for (const auto& one : from) to.push_back(make(one));
  std::stable_sort(to.begin() + begin, to.end(),
                   [&](const To& a, const To& b) { return less(bound(a), bound(b)); });
  auto kept = to.begin() + begin;
  for (auto at = kept; at != to.end(); ++at) {
    if (at + 1 != to.end() && bound(*at) == bound(*(at + 1))) continue;
    *kept++ = *at;
  }
  to.erase(kept, to.end());
}

}  // namespace

void PromMerge::left_out(std::string_view name, std::string_view path, std::string_view why) {
  if (problems_.size() == kMostProblems) return;
  problems_.push_back(std::string(path) + ": " + std::string(name) +
                      " is left out: " + std::string(why));
}

// The first round: HELP lines, and which files have a name.
void PromMerge::accept(const metrics::StoredFamily& family, std::string_view path) {
  auto& name = names_[family.name];
  const bool differs = name.help && family.help && *name.help != *family.help;
  if (differs || name.conflict) {
    name.conflict = true;
    help_conflict_ = true;
    left_out(family.name, path,
             differs ? "want the HELP of " + std::string(name.paths.front()) + ", " +
                           excerpt(*name.help) + ", found " + excerpt(*family.help)
                     : "want one HELP in all files, found two in those before");
    return;
  }
  if (family.help) name.help = *family.help;
  name.paths.push_back(path);
  accepted_.push_back({&family, path});
}

std::string_view PromMerge::help_of(const metrics::StoredFamily& family) {
  if (family.help) return *family.help;
  auto& name = names_[family.name];
  if (name.made_up_help.empty()) {
    name.made_up_help = "Metric read from ";
    for (const auto path : name.paths) {
      if (path != name.paths.front()) name.made_up_help += ", ";
      name.made_up_help += path;
    }
  }
  return name.made_up_help;
}

bool PromMerge::collides(const metrics::StoredFamily& family) const {
  const auto type_of = [&](std::string_view name) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? Type::unknown : merged_[found->second].type;
  };
  const auto known = [&](std::string_view suffix) {
    return by_name_.count(family.name + std::string(suffix)) > 0;
  };
  const std::string_view name = family.name;
  for (const std::string_view suffix : {"_count", "_sum", "_bucket"}) {
    if (!name.ends_with(suffix)) continue;
    const auto type = type_of(name.substr(0, name.size() - suffix.size()));
    if (type == Type::histogram || (type == Type::summary && suffix != "_bucket")) return true;
  }
  const bool counts = family.type == Type::histogram || family.type == Type::summary;
  return (counts && (known("_count") || known("_sum"))) ||
         (family.type == Type::histogram && known("_bucket"));
}

// The second round: one family a name.
void PromMerge::join(const Accepted& accepted) {
  const auto& family = *accepted.family;
  if (std::find(reserved_.begin(), reserved_.end(), family.name) != reserved_.end()) {
    return left_out(family.name, accepted.path, "want another name, this one is the collector's");
  }
  const auto help = help_of(family);
  const auto found = by_name_.find(family.name);
  if (found != by_name_.end()) {
    auto& merged = merged_[found->second];
    if (merged.help != help) {
      return left_out(family.name, accepted.path, "want a HELP in every file or in none");
    }
    if (merged.type != family.type) {
      return left_out(family.name, accepted.path, "want the type of the file before");
    }
    return add_rows(merged, family);
  }
  if (collides(family)) {
    return left_out(family.name, accepted.path, "want a name that is no part of a histogram's");
  }
  by_name_.emplace(family.name, merged_.size());
  auto& merged = merged_.emplace_back();
  merged.help = help;
  merged.type = family.type;
  add_rows(merged, family);
}

void PromMerge::add_rows(Merged& merged, const metrics::StoredFamily& family) {
  for (const auto& sample : family.samples) {
    if (!merged.series.insert(series_key(sample)).second) continue;
    Row row{&sample, 0, 0};
    if (merged.type == Type::histogram) {
      row.begin = merged.buckets.size();
      add_sorted(
          sample.buckets, merged.buckets, [](const auto& b) { return b.upper_bound; },
          [](const auto& b) {
            return metrics::Bucket{b.upper_bound, b.cumulative_count};
          });
      row.end = merged.buckets.size();
    } else if (merged.type == Type::summary) {
      row.begin = merged.quantiles.size();
      add_sorted(
          sample.quantiles, merged.quantiles, [](const auto& q) { return q.quantile; },
          [](const auto& q) { return q; });
      row.end = merged.quantiles.size();
    }
    merged.rows.push_back(row);
  }
}

// Lays out the label values under the union of the label names.
void PromMerge::finish(std::string_view name, Merged& merged) {
  std::vector<std::string> names;
  for (const auto& row : merged.rows) {
    for (const auto& label : row.sample->labels) {
      const auto at = std::lower_bound(names.begin(), names.end(), label.name);
      if (at == names.end() || *at != label.name) names.insert(at, label.name);
    }
  }
  merged.values.resize(merged.rows.size() * names.size());
  for (std::size_t i = 0; i < merged.rows.size(); ++i) {
    for (const auto& label : merged.rows[i].sample->labels) {
      const auto at = std::lower_bound(names.begin(), names.end(), label.name) - names.begin();
      merged.values[i * names.size() + static_cast<std::size_t>(at)] = label.value;
    }
  }
  merged.series = {};
  merged.family.emplace(merged.type, std::string(name), merged.help, std::move(names));
}

void PromMerge::rebuild(std::span<const Part> parts) {
  names_.clear();
  accepted_.clear();
  merged_.clear();
  by_name_.clear();
  problems_.clear();
  help_conflict_ = false;
  for (const auto& part : parts) {
    for (const auto& family : part.families) accept(family, part.path);
  }
  for (const auto& accepted : accepted_) join(accepted);
  for (const auto& [name, index] : by_name_) finish(name, merged_[index]);
}

void PromMerge::emit(metrics::Sink& out) const {
  for (const auto& merged : merged_) {
    const auto family = merged.family->family();
    const std::size_t width = family.label_names.size();
    out.begin(family);
    for (std::size_t i = 0; i < merged.rows.size(); ++i) {
      const auto& row = merged.rows[i];
      const auto labels = std::span(merged.values).subspan(i * width, width);
      if (merged.type == Type::histogram) {
        const auto buckets = std::span(merged.buckets).subspan(row.begin, row.end - row.begin);
        out.histogram(labels, {buckets, row.sample->sum, row.sample->count}, {});
      } else if (merged.type == Type::summary) {
        const auto quantiles = std::span(merged.quantiles).subspan(row.begin, row.end - row.begin);
        out.summary(labels, {quantiles, row.sample->sum, row.sample->count}, {});
      } else {
        out.sample(labels, row.sample->value);
      }
    }
    out.end();
  }
}

}  // namespace serverpulse::exporter
