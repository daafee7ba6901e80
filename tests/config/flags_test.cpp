// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/flags.h"

#include <gtest/gtest.h>

namespace serverpulse::config {
namespace {

using Arguments = std::vector<std::string_view>;
using Texts = std::vector<std::string>;

constexpr Option kTable[] = {
    {"web.listen-address", Kind::texts, ":9100", ""},
    {"log.level", Kind::text, "info", ""},
    {"collector.cpu", Kind::boolean, "true", ""},
    {"collector.netdev.device-exclude",
     Kind::pattern,
     "",
     "",
     {},
     "collector.netdev.device-blacklist"},
};

// "log.level=debug" for each flag given.
Texts given(const Arguments& arguments) {
  const auto flags = parse_flags(kTable, arguments);
  EXPECT_EQ(flags.errors, Texts{});
  Texts out;
  for (const auto& one : flags.given)
    out.push_back(std::string(one.option->name) + "=" + one.value);
  return out;
}

Texts errors(const Arguments& arguments) {
  return parse_flags(kTable, arguments).errors;
}

TEST(Flags, TakeAValueAfterAnEqualsSign) {
  EXPECT_EQ(given({"--log.level=debug"}), Texts{"log.level=debug"});
  EXPECT_EQ(given({"--log.level="}), Texts{"log.level="});
  EXPECT_EQ(given({"--log.level=a=b"}), Texts{"log.level=a=b"});
  EXPECT_EQ(given({"--log.level=-1"}), Texts{"log.level=-1"});
}

TEST(Flags, TakeAValueInTheNextArgument) {
  EXPECT_EQ(given({"--log.level", "debug", "--collector.cpu"}),
            (Texts{"log.level=debug", "collector.cpu=true"}));
  EXPECT_EQ(given({"--log.level", ""}), Texts{"log.level="});
  EXPECT_EQ(given({"--log.level", "-"}), Texts{"log.level=-"});
}

TEST(Flags, ASwitchIsGivenNegatedOrWithAValue) {
  EXPECT_EQ(given({"--collector.cpu"}), Texts{"collector.cpu=true"});
  EXPECT_EQ(given({"--no-collector.cpu"}), Texts{"collector.cpu=false"});
  EXPECT_EQ(given({"--collector.cpu=false"}), Texts{"collector.cpu=false"});
}

TEST(Flags, AListIsGivenSeveralTimes) {
  EXPECT_EQ(given({"--web.listen-address=:1", "--web.listen-address", ":2,3"}),
            (Texts{"web.listen-address=:1", "web.listen-address=:2,3"}));
}

TEST(Flags, HelpAndVersionAreAlwaysThere) {
  EXPECT_TRUE(parse_flags({}, Arguments{"-h"}).help);
  EXPECT_TRUE(parse_flags({}, Arguments{"--help"}).help);
  EXPECT_TRUE(parse_flags({}, Arguments{"--version"}).version);
  EXPECT_FALSE(parse_flags({}, Arguments{}).help);
}

TEST(Flags, RememberHowTheyWereSpelled) {
  EXPECT_EQ(parse_flags(kTable, Arguments{"--no-collector.cpu"}).given[0].spelled,
            "--no-collector.cpu");
}

TEST(Flags, AFormerNameIsTakenWithAWarning) {
  const auto flags = parse_flags(kTable, Arguments{"--collector.netdev.device-blacklist=^veth"});
  EXPECT_EQ(flags.errors, Texts{});
  ASSERT_EQ(flags.given.size(), 1U);
  EXPECT_EQ(flags.given[0].option->name, "collector.netdev.device-exclude");
  EXPECT_EQ(flags.warnings, Texts{"--collector.netdev.device-blacklist: is now called "
                                  "--collector.netdev.device-exclude"});
}

TEST(Flags, AFormerAndThePresentNameTogetherAreGivenTwice) {
  EXPECT_EQ(
      errors({"--collector.netdev.device-exclude=a", "--collector.netdev.device-blacklist=b"}),
      Texts{"--collector.netdev.device-blacklist: given twice"});
}

TEST(Flags, RefusalsAreGolden) {
  EXPECT_EQ(errors({"--log.levl=debug"}),
            Texts{"\"--log.levl\": unknown flag, did you mean --log.level?"});
  EXPECT_EQ(errors({"--no-collector.cup"}),
            Texts{"\"--no-collector.cup\": unknown flag, did you mean --no-collector.cpu?"});
  EXPECT_EQ(errors({"--verison"}), Texts{"\"--verison\": unknown flag, did you mean --version?"});
  EXPECT_EQ(errors({"--zebra"}), Texts{"\"--zebra\": unknown flag; --help lists those there are"});
  EXPECT_EQ(errors({"--log.level"}),
            Texts{"--log.level: want a value, found the end of the command line"});
  EXPECT_EQ(errors({"--log.level", "--collector.cpu"}),
            Texts{"--log.level: want a value, found the flag \"--collector.cpu\" (--log.level=… "
                  "takes a value that begins with a dash)"});
  EXPECT_EQ(errors({"--no-log.level"}),
            Texts{"--no-log.level: only a switch can be negated, and --log.level takes a value"});
  EXPECT_EQ(errors({"--no-collector.cpu=true"}),
            Texts{"--no-collector.cpu: want no value after a negated switch"});
  EXPECT_EQ(errors({"--log.level=a", "--log.level=b"}), Texts{"--log.level: given twice"});
  EXPECT_EQ(errors({"-log.level=a"}),
            Texts{"\"-log.level=a\": want two dashes, as in \"--log.level=a\""});
  for (const auto* text : {"debug", "--", "-", ""}) {
    EXPECT_EQ(errors({text}), Texts{"\"" + std::string(text) +
                                    "\": want a flag (--name or --name=value), found another "
                                    "argument"});
  }
}

TEST(Flags, EveryErrorIsTold) {
  EXPECT_EQ(errors({"--zebra", "x", "--log.level"}).size(), 3U);
}

constexpr Command kCommands[] = {{"check-config", ""}, {"probe", ""}};

TEST(Verb, IsTheFirstArgumentWithoutADash) {
  const Arguments arguments{"check-config", "--log.level=debug"};
  const auto invocation = split_verb(kCommands, arguments);
  ASSERT_TRUE(invocation);
  EXPECT_EQ(invocation->verb, "check-config");
  EXPECT_EQ(invocation->arguments, Arguments{"--log.level=debug"});
}

TEST(Verb, MayBeAbsent) {
  const Arguments arguments{"--log.level=debug", "check-config"};
  const auto invocation = split_verb(kCommands, arguments);
  ASSERT_TRUE(invocation);
  EXPECT_EQ(invocation->verb, "");
  EXPECT_EQ(invocation->arguments, arguments);
  EXPECT_TRUE(split_verb(kCommands, {})->arguments.empty());
}

TEST(Verb, AnUnknownOneIsRefusedWithTheNearest) {
  EXPECT_EQ(split_verb(kCommands, Arguments{"chek-config"}).error().message,
            "unknown command \"chek-config\", did you mean \"check-config\"?");
  EXPECT_EQ(split_verb(kCommands, Arguments{"zebra"}).error().message,
            "unknown command \"zebra\"; known here: check-config, probe");
}

}  // namespace
}  // namespace serverpulse::config
