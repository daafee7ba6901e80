// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What holds for metric families across collectors and cases: a name means one thing.
#include <gtest/gtest.h>

#include <map>

#include "metrics/recording.h"
#include "tests/collectors/fixture_case.h"

namespace serverpulse::exporter {
namespace {

// Calls `each(case, family)` for what every case gives, but for what textfile only passes on.
template <class Each>
void for_each_family(Each each) {
  for (const auto& c : all_cases()) {
    if (!c.gives_metrics()) continue;
    Workbench bench(c);
    metrics::RecordingSink sink;
    if (!bench.collector() || !(*bench.collector())->collect(sink)) continue;
    EXPECT_TRUE(sink.misuses().empty()) << c.folder() << ": " << sink.misuses().front();
    for (const auto& [family, labels] : sink.families()) {
      if (family.name.starts_with("node_")) each(c, family);
    }
  }
}

TEST(Families, HaveOneTypeAndHelpInACollectorWhateverTheHostAndOptions) {
  std::map<std::string, metrics::StoredFamily> seen;
  for_each_family([&](const Case& c, const metrics::StoredFamily& family) {
    const auto& first = seen.try_emplace(c.collector() + " " + family.name, family).first->second;
    EXPECT_EQ(first.type, family.type) << family.name << " in " << c.folder();
    EXPECT_EQ(first.help, family.help) << family.name << " in " << c.folder();
  });
}

// With --collector.netclass.rtnl-with-stats, netclass gives what netdev gives: a scrape leaves one
// of them out. That is for options to ask for.
TEST(Families, BelongToOneCollectorUnlessOptionsAskOtherwise) {
  std::map<std::string, std::string> owner;
  for_each_family([&](const Case& c, const metrics::StoredFamily& family) {
    if (read_file(c.folder() + "/options")) return;
    const auto& first = owner.try_emplace(family.name, c.collector()).first->second;
    EXPECT_EQ(first, c.collector()) << family.name;
  });
}

}  // namespace
}  // namespace serverpulse::exporter
