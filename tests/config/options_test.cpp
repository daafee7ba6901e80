// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/options.h"

#include <gtest/gtest.h>

#include <array>

namespace serverpulse::config {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::array<std::string_view, 3> kWords{"low", "middle", "high"};
constexpr Option kTable[] = {
    {"a.flag", Kind::boolean, "true", ""},         {"a.text", Kind::text, "t", ""},
    {"a.number", Kind::integer, "-3", ""},         {"a.wait", Kind::duration, "1m30s", ""},
    {"a.pattern", Kind::pattern, "^a", ""},        {"a.list", Kind::texts, "x, y", ""},
    {"a.choice", Kind::choice, "low", "", kWords},
};

const Option& option(std::string_view name) {
  for (const auto& row : kTable) {
    if (row.name == name) return row;
  }
  throw std::out_of_range(std::string(name));
}

std::string refusal(std::string_view name, std::string_view raw) {
  const auto value = Settings::parse(option(name), raw, Origin::flag);
  return value ? "was accepted" : value.error().message;
}

TEST(Settings, StartAtTheDefaults) {
  const Settings settings(kTable);
  EXPECT_TRUE(settings.boolean("a.flag"));
  EXPECT_EQ(settings.text("a.text"), "t");
  EXPECT_EQ(settings.integer("a.number"), -3);
  EXPECT_EQ(settings.duration("a.wait"), seconds(90));
  EXPECT_EQ(settings.text("a.pattern"), "^a");
  EXPECT_EQ(settings.texts("a.list"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(settings.text("a.choice"), "low");
  EXPECT_EQ(settings.origin("a.flag"), Origin::initial);
  EXPECT_FALSE(settings.has("a.nothing"));
}

TEST(Settings, RememberWhereAValueCameFrom) {
  Settings settings(kTable);
  settings.set("a.text", *Settings::parse(option("a.text"), "new", Origin::environment));
  EXPECT_EQ(settings.text("a.text"), "new");
  EXPECT_EQ(settings.origin("a.text"), Origin::environment);
}

TEST(Settings, AreSeenThroughAPrefix) {
  Settings settings(kTable);
  settings.set("a.number", *Settings::parse(option("a.number"), "7", Origin::flag));
  const Options below(settings, "a.");
  EXPECT_EQ(below.integer("number"), 7);
  EXPECT_TRUE(below.given("number"));
  EXPECT_FALSE(below.given("text"));
}

TEST(Settings, RefusalsSayWhatWasWantedAndFound) {
  EXPECT_EQ(refusal("a.flag", "yes"), "want true or false, found \"yes\"");
  EXPECT_EQ(refusal("a.number", "1.5"), "want a whole number, found \"1.5\"");
  EXPECT_EQ(refusal("a.wait", "soon"),
            "want a duration such as 5s, 1m30s or 100ms, found \"soon\"");
  EXPECT_EQ(refusal("a.pattern", "("), "not a regular expression: \"(\": missing ): (");
  EXPECT_EQ(refusal("a.choice", "tall"), "want low, middle or high, found \"tall\"");
}

TEST(Settings, AnEmptyListHasNoElements) {
  EXPECT_TRUE(Settings::parse(option("a.list"), "", Origin::flag)->texts.empty());
}

TEST(SettingsDeath, ANameNoTableDeclaresEndsTheProgram) {
  const Settings settings(kTable);
  EXPECT_DEATH((void)settings.text("a.nothing"), "option a.nothing is not declared");
  EXPECT_DEATH((void)settings.text("a.number"), "option a.number is not declared");
}

TEST(Duration, IsReadAsPrometheusWritesIt) {
  EXPECT_EQ(*parse_duration("0"), nanoseconds(0));
  EXPECT_EQ(*parse_duration("5s"), seconds(5));
  EXPECT_EQ(*parse_duration("1m30s"), seconds(90));
  EXPECT_EQ(*parse_duration("100ms"), milliseconds(100));
  EXPECT_EQ(*parse_duration("1d2h"), hours(26));
  EXPECT_EQ(*parse_duration("1w"), hours(168));
  EXPECT_EQ(*parse_duration("1y"), hours(8760));
}

TEST(Duration, IsReadAsGoWritesIt) {
  EXPECT_EQ(*parse_duration("1.5s"), milliseconds(1500));
  EXPECT_EQ(*parse_duration("250us"), microseconds(250));
  EXPECT_EQ(*parse_duration("250µs"), microseconds(250));
  EXPECT_EQ(*parse_duration("7ns"), nanoseconds(7));
}

TEST(Duration, IsRefusedWhenMalformedOutOfOrderOrTooLong) {
  for (const auto* text : {"", "5", "s", "5 s", "1s1m", "1s1s", "-1s", "1.2.3s", "1e3s", "5S",
                           "infs", "nans", "1000y", "999999999999999999999s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

constexpr Option kEachFixed[] = {
    {"a.flag", Kind::boolean, "true", "", {}, {}, false, false, true},
    {"a.text", Kind::text, "t", "", {}, {}, false, false, true},
    {"a.number", Kind::integer, "-3", "", {}, {}, false, false, true},
    {"a.wait", Kind::duration, "1m30s", "", {}, {}, false, false, true},
    {"a.pattern", Kind::pattern, "^a", "", {}, {}, false, false, true},
    {"a.list", Kind::texts, "x, y", "", {}, {}, false, false, true},
    {"a.choice", Kind::choice, "low", "", kWords, {}, false, false, true},
    {"a.loose", Kind::text, "t", ""},
};

Settings changed(std::string_view name, std::string_view raw, Origin origin = Origin::file) {
  Settings settings(kEachFixed);
  for (const auto& row : kEachFixed) {
    if (row.name == name) settings.set(name, *Settings::parse(row, raw, origin));
  }
  return settings;
}

TEST(FixedOptions, AreToldWhereTheirValuesDiffer) {
  using Names = std::vector<std::string_view>;
  const Settings before(kEachFixed);
  const std::array<std::pair<std::string_view, std::string_view>, 7> changes{
      {{"a.flag", "false"},
       {"a.text", "u"},
       {"a.number", "4"},
       {"a.wait", "2m"},
       {"a.pattern", "^b"},
       {"a.list", "x"},
       {"a.choice", "high"}}};
  for (const auto& [name, raw] : changes) {
    EXPECT_EQ(changed_fixed_options(kEachFixed, before, changed(name, raw)), Names{name});
  }
}

TEST(FixedOptions, AreNotToldForTheSameValueFromElsewhere) {
  const Settings before(kEachFixed);
  EXPECT_TRUE(changed_fixed_options(kEachFixed, before, changed("a.wait", "90s")).empty());
  EXPECT_TRUE(
      changed_fixed_options(kEachFixed, before, changed("a.text", "t", Origin::flag)).empty());
}

TEST(FixedOptions, AreNotThoseThatAReloadPutsToUse) {
  const Settings before(kEachFixed);
  EXPECT_TRUE(changed_fixed_options(kEachFixed, before, changed("a.loose", "u")).empty());
}

TEST(Bytes, AreReadInPowersOf1024) {
  EXPECT_EQ(*parse_bytes("0"), 0U);
  EXPECT_EQ(*parse_bytes("17"), 17U);
  EXPECT_EQ(*parse_bytes("17B"), 17U);
  EXPECT_EQ(*parse_bytes("2KiB"), 2048U);
  EXPECT_EQ(*parse_bytes("3TiB"), std::uint64_t{3} << 40U);
}

TEST(Bytes, AreRefusedWhenAmbiguousOrTooLarge) {
  for (const auto* text : {"", "MiB", "-1", "1.5GiB", "1MB", "1 MiB", "16777216TiB"}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
  }
}

}  // namespace
}  // namespace serverpulse::config
