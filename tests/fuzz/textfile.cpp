// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The input is up to eight files of metrics, cut at zero bytes. Whatever they are, what the merge
// gives is an exposition that the parser takes, with each family once and each series once.
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <set>

#include "exporter/readers/prom_merge.h"
#include "metrics/parse_text.h"
#include "metrics/text.h"

namespace {

using namespace serverpulse;

void require(bool holds, std::string_view what, const std::string& text) {
  if (holds) return;
  std::cerr << what << ":\n" << text;
  std::abort();
}

void check(const std::string& text) {
  const auto families = metrics::parse_text(text);
  require(families.has_value(), families ? "" : families.error().message, text);
  std::set<std::string> names;
  for (const auto& family : *families) {
    require(names.insert(family.name).second, "a family twice", text);
    std::set<std::vector<metrics::StoredLabel>> series;
    for (const auto& sample : family.samples) {
      require(series.insert(sample.labels).second, "a series twice", text);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::deque<std::vector<metrics::StoredFamily>> files;
  std::deque<std::string> paths;
  std::vector<exporter::PromMerge::Part> parts;
  while (!rest.empty() && files.size() < 8) {
    const auto end = std::min(rest.find('\0'), rest.size());
    auto families = metrics::parse_text(rest.substr(0, end), {65536, 4096});
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!families) continue;
    files.push_back(std::move(*families));
    paths.push_back("/f" + std::to_string(paths.size()) + ".prom");
    parts.push_back({paths.back(), files.back()});
  }
  exporter::PromMerge merge({"own"});
  merge.rebuild(parts);
  metrics::TextEncoder encoder;
  merge.emit(encoder);
  check(encoder.bytes());
  return 0;
}
