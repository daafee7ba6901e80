// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "base/pattern.h"

#include <gtest/gtest.h>

namespace serverpulse {
namespace {

Pattern pattern(std::string_view expression) {
  auto compiled = Pattern::compile(expression);
  EXPECT_TRUE(compiled);
  return std::move(*compiled);
}

std::string refusal(std::string_view expression) {
  const auto compiled = Pattern::compile(expression);
  return compiled ? "was accepted" : compiled.error().message;
}

TEST(Pattern, IsFoundAnywhereUnlessAnchored) {
  EXPECT_TRUE(pattern("eth").found_in("veth0"));
  EXPECT_FALSE(pattern("^eth").found_in("veth0"));
  EXPECT_TRUE(pattern("").found_in("anything"));
}

TEST(Pattern, MatchesTheWhole) {
  EXPECT_TRUE(pattern("eth[0-9]").matches("eth0"));
  EXPECT_FALSE(pattern("eth[0-9]").matches("eth01"));
  EXPECT_FALSE(pattern("eth[0-9]").matches("veth0"));
}

TEST(Pattern, KnowsItsExpression) {
  EXPECT_EQ(pattern("^a$").expression(), "^a$");
}

TEST(Pattern, StaysUsableAfterAMove) {
  auto first = pattern("^a");
  const auto second = std::move(first);
  EXPECT_TRUE(second.found_in("ab"));
}

TEST(Pattern, RefusalsAreGolden) {
  EXPECT_EQ(refusal("("), "not a regular expression: \"(\": missing ): (");
  EXPECT_EQ(refusal("*"),
            "not a regular expression: \"*\": no argument for repetition operator: *");
  EXPECT_EQ(refusal("(?=a)"), "not a regular expression: \"(?=a)\": invalid perl operator: (?=");
}

TEST(Pattern, ARefusalIsPrintableAndBounded) {
  EXPECT_EQ(refusal(std::string_view("(\0", 2)),
            "not a regular expression: \"(\\x00\": missing ): \"(\\x00\"");
  EXPECT_LT(refusal("(" + std::string(10000, 'a')).size(), 250U);
}

TEST(Pattern, WhatWouldTakeTooMuchMemoryIsRefused) {
  EXPECT_EQ(refusal("((a{100}){100}){100}").substr(0, 25), "not a regular expression:");
}

TEST(Pattern, TakesTimeInProportionToTheText) {
  EXPECT_FALSE(pattern("(a*)*b").found_in(std::string(100000, 'a')));
}

TEST(DeviceFilter, WithoutExpressionsIgnoresNothing) {
  const auto filter = DeviceFilter::make("", "");
  ASSERT_TRUE(filter);
  EXPECT_FALSE(filter->ignores("eth0"));
  EXPECT_FALSE(filter->ignores(""));
}

TEST(DeviceFilter, IgnoresWhatIsExcluded) {
  const auto filter = DeviceFilter::make("", "^veth");
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->ignores("veth0"));
  EXPECT_FALSE(filter->ignores("eth0"));
}

TEST(DeviceFilter, IgnoresWhatIsNotIncluded) {
  const auto filter = DeviceFilter::make("^eth", "");
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->ignores("veth0"));
  EXPECT_FALSE(filter->ignores("eth0"));
}

TEST(DeviceFilter, RefusalsAreGolden) {
  EXPECT_EQ(DeviceFilter::make("a", "b").error().message,
            "an include and an exclude expression shut each other out: set one of \"a\" and \"b\"");
  EXPECT_EQ(DeviceFilter::make("(", "").error().message,
            "not a regular expression: \"(\": missing ): (");
  EXPECT_EQ(DeviceFilter::make("", ")").error().message,
            "not a regular expression: \")\": unexpected ): )");
}

}  // namespace
}  // namespace serverpulse
