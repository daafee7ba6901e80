// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/named_rows.h"

#include <gtest/gtest.h>

#include "metrics/encoder.h"

namespace serverpulse::exporter {
namespace {

class NamedRowsTest : public testing::Test {
 protected:
  bool add(std::string_view name, double value) {
    return rows_.add(name, value, [&](std::string_view n) -> std::optional<metrics::NamedFamily> {
      ++made_;
      if (n.starts_with("unwanted")) return std::nullopt;
      return metrics::NamedFamily(metrics::Type::gauge, std::string(n), "Help.");
    });
  }
  // The sample lines.
  std::string emitted() {
    const auto encoder = metrics::make_encoder(metrics::Format::text);
    rows_.emit(*encoder);
    std::string samples;
    for (std::string_view rest = encoder->bytes(); !rest.empty();) {
      const auto line = rest.substr(0, rest.find('\n') + 1);
      if (!line.starts_with('#')) samples += line;
      rest.remove_prefix(line.size());
    }
    return samples;
  }

  NamedRows rows_;
  int made_ = 0;
};

TEST_F(NamedRowsTest, MakesEachFamilyOnceHoweverOftenItIsScraped) {
  for (int scrape = 0; scrape < 3; ++scrape) {
    rows_.start();
    ASSERT_TRUE(add("a", scrape));
    ASSERT_TRUE(add("b", 10 + scrape));
  }
  EXPECT_EQ(made_, 2);
  EXPECT_EQ(emitted(), "a 2\nb 12\n");
}

TEST_F(NamedRowsTest, LeavesOutWhatIsNotWanted) {
  ASSERT_TRUE(add("unwanted", 1));
  ASSERT_TRUE(add("a", 2));
  EXPECT_EQ(emitted(), "a 2\n");
}

TEST_F(NamedRowsTest, KeepsTheFirstOfTwoLinesOfOneName) {
  ASSERT_TRUE(add("a", 1));
  ASSERT_TRUE(add("a", 2));
  EXPECT_EQ(emitted(), "a 1\n");
}

TEST_F(NamedRowsTest, ForgetsLinesThatAreNoLongerThere) {
  for (const auto* name : {"a", "b", "c"}) ASSERT_TRUE(add(name, 1));
  rows_.start();
  ASSERT_TRUE(add("a", 2));
  EXPECT_EQ(emitted(), "a 2\n");
}

TEST_F(NamedRowsTest, FollowsALineThatMovedBeforeOthers) {
  for (const auto* name : {"a", "b", "c"}) ASSERT_TRUE(add(name, 1));
  rows_.start();
  for (const auto* name : {"c", "a", "b"}) ASSERT_TRUE(add(name, 2));
  EXPECT_EQ(emitted(), "c 2\na 2\nb 2\n");
}

TEST_F(NamedRowsTest, RefusesMoreLinesThanItsLimit) {
  for (std::size_t i = 0; i < NamedRows::kMost; ++i) ASSERT_TRUE(add("unwanted", 0));
  EXPECT_FALSE(add("a", 0));
}

TEST(AppendMetricName, ReplacesWhatAMetricNameCannotHold) {
  std::string name = "node_";
  append_metric_name(name, "Active(anon)-2.\xc3\xa4");
  EXPECT_EQ(name, "node_Active_anon__2___");
}

}  // namespace
}  // namespace serverpulse::exporter
