// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "tests/metrics/random_families.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <string>

namespace serverpulse::metrics_test {
namespace {

using metrics::StoredFamily;
using metrics::StoredSample;
using metrics::Type;

rc::Gen<std::string> any_text() {
  const auto piece = rc::gen::element<std::string>("", "a", "\\", "\n", "\"", "é", "\U0001f600",
                                                   " ", "{x=\"", "}", ",", "eth0", "/var/lib");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string text;
                        for (const auto& each : pieces) text += each;
                        return text;
                      });
}

metrics::StoredExemplar some_exemplar() {
  metrics::StoredExemplar exemplar;
  if (*rc::gen::arbitrary<bool>()) exemplar.labels = {{"trace_id", "4bf92f35\"\\"}};
  exemplar.value = *any_double();
  exemplar.timestamp_seconds = static_cast<double>(*rc::gen::inRange(0, 4000)) / 4;
  return exemplar;
}

void fill_histogram(StoredSample& sample) {
  std::set<double> bounds;
  for (const double bound : *rc::gen::container<std::vector<double>>(any_double())) {
    if (!std::isnan(bound)) bounds.insert(bound == 0 ? 0 : bound);
  }
  std::uint64_t count = 0;
  for (const double bound : bounds) {
    count += *rc::gen::inRange<std::uint64_t>(0, 1U << 20U);
    auto& bucket = sample.buckets.emplace_back(metrics::StoredBucket{bound, count, {}});
    if (*rc::gen::inRange(0, 4) == 0) bucket.exemplar = some_exemplar();
  }
  sample.count = count + (bounds.contains(std::numeric_limits<double>::infinity()) ? 0 : 7);
  sample.sum = *any_double();
}

void fill_summary(StoredSample& sample) {
  for (const double quantile : {0.0, 0.5, 0.99, 1.0}) {
    if (*rc::gen::arbitrary<bool>()) sample.quantiles.push_back({quantile, *any_double()});
  }
  sample.count = *rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 60U);
  sample.sum = *any_double();
}

StoredSample some_sample(const StoredFamily& family, const std::vector<std::string>& names) {
  StoredSample sample;
  for (const auto& name : names) sample.labels.push_back({name, *any_text()});
  if (*rc::gen::inRange(0, 3) == 0) sample.timestamp_ms = *rc::gen::arbitrary<std::int32_t>();
  if (sample.timestamp_ms == 0) sample.timestamp_ms.reset();
  if (*rc::gen::inRange(0, 3) == 0) sample.created_seconds = 1.5e9;
  if (family.type == Type::histogram) {
    fill_histogram(sample);
  } else if (family.type == Type::summary) {
    fill_summary(sample);
  } else {
    sample.value = *any_double();
    if (family.type == Type::counter && *rc::gen::inRange(0, 4) == 0) {
      sample.exemplar = some_exemplar();
    }
  }
  return sample;
}

StoredFamily some_family(std::size_t index) {
  StoredFamily family;
  family.type = *rc::gen::element(Type::counter, Type::gauge, Type::histogram, Type::summary,
                                  Type::info, Type::stateset, Type::unknown);
  family.name =
      "f" + std::to_string(index) +
      *rc::gen::element<std::string>("", "_total", "_info", "_seconds", "_bytes_total", ":rate");
  family.help = *any_text();
  family.unit = *rc::gen::element<std::string>("", "seconds", "bytes");
  std::set<std::string> names;
  for (const auto& name : *rc::gen::container<std::vector<std::string>>(
           rc::gen::element<std::string>("cpu", "device", "mode", "A", "_z", "le1"))) {
    names.insert(name);
  }
  if (family.type == Type::stateset && family.name.find(':') == std::string::npos) {
    names.insert(family.name);
  }
  const std::vector<std::string> sorted(names.begin(), names.end());
  std::set<std::vector<metrics::StoredLabel>> seen;
  for (int i = *rc::gen::inRange(1, 5); i > 0; --i) {
    auto sample = some_sample(family, sorted);
    if (seen.insert(sample.labels).second) family.samples.push_back(std::move(sample));
  }
  return family;
}

}  // namespace

rc::Gen<double> any_double() {
  const auto special = rc::gen::element(
      0.0, -0.0, 1.0, 0.1, 5e-324, -5e-324, 1e100, 9007199254740992.0, 9007199254740993.0, 1e6,
      999999.0, 1e-4, 0.1 + 0.2, std::numeric_limits<double>::quiet_NaN(),
      std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
      std::numeric_limits<double>::max(), std::numeric_limits<double>::min());
  const auto bits = rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                                 [](std::uint64_t value) { return std::bit_cast<double>(value); });
  const auto whole = rc::gen::map(rc::gen::arbitrary<std::int32_t>(),
                                  [](std::int32_t value) { return static_cast<double>(value); });
  return rc::gen::oneOf(special, bits, whole);
}

rc::Gen<std::vector<StoredFamily>> any_families() {
  return rc::gen::exec([] {
    std::vector<StoredFamily> families;
    const auto count = *rc::gen::inRange<std::size_t>(0, 5);
    for (std::size_t i = 0; i < count; ++i) families.push_back(some_family(i));
    return families;
  });
}

}  // namespace serverpulse::metrics_test
