// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/substitute.h"

#include <gtest/gtest.h>

namespace serverpulse::config {
namespace {

const Environment& environment() {
  static const Environment variables{
      {"USER", "root"}, {"EMPTY", ""}, {"NESTED", "${USER}"}, {"EVIL", "x\nadmin: true # \""}};
  return variables;
}

std::string document_error(std::string_view text) {
  const auto document = Document::parse(text, "a.yml", &environment());
  return document ? "was accepted" : document.error().message;
}

TEST(Substitution, PutsVariablesIn) {
  EXPECT_EQ(*substitute("${USER}", environment()), "root");
  EXPECT_EQ(*substitute("<${USER}|${USER}|${EMPTY}>", environment()), "<root|root|>");
}

TEST(Substitution, LeavesOtherDollarsAlone) {
  for (const auto* text : {"", "$", "$$", "^veth$", "$2y$10$abc", "a$USER", "$(x)"}) {
    EXPECT_EQ(*substitute(text, environment()), text);
  }
}

TEST(Substitution, ADoubledDollarEscapesTheBrace) {
  EXPECT_EQ(*substitute("a $${USER} b", environment()), "a ${USER} b");
}

TEST(Substitution, DoesNotSearchWhatItPutIn) {
  EXPECT_EQ(*substitute("${NESTED}", environment()), "${USER}");
}

TEST(Substitution, AnUndefinedVariableIsRefusedByFileAndLine) {
  EXPECT_EQ(document_error("a:\n  - b: x${NOPE}\n"),
            "a.yml:2: a[0].b: the environment variable \"NOPE\" is not set; a literal ${ is "
            "written $${");
}

TEST(Substitution, AMalformedNameIsRefused) {
  constexpr auto* kMessage =
      "a.yml:1: a: want ${NAME} with the name of an environment variable, found ";
  constexpr auto* kHint = "; a literal ${ is written $${";
  for (const auto* text : {"${}", "${1a}", "${a-b}", "${USER"}) {
    EXPECT_EQ(document_error("a: '" + std::string(text) + "'"),
              std::string(kMessage) + '"' + text + '"' + kHint);
  }
}

TEST(Substitution, EveryUndefinedVariableIsListed) {
  EXPECT_EQ(document_error("a: ${A}\nb: ${B}\n"),
            "a.yml:1: a: the environment variable \"A\" is not set; a literal ${ is written $${\n"
            "a.yml:2: b: the environment variable \"B\" is not set; a literal ${ is written $${");
}

TEST(Substitution, AValueCannotAddKeys) {
  const auto document = Document::parse("password: ${EVIL}\n", "a.yml", &environment());
  ASSERT_TRUE(document);
  const auto entries = document->root().entries();
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(*entries->front().value.text(), "x\nadmin: true # \"");
}

TEST(Substitution, HappensInNoKey) {
  const auto document = Document::parse("'${USER}': 1\n", "a.yml", &environment());
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().entries()->front().key, "${USER}");
}

TEST(Substitution, OnlyHappensWhereItWasAskedFor) {
  const auto document = Document::parse("a: ${NOPE}\n", "a.yml");
  ASSERT_TRUE(document);
  EXPECT_EQ(*document->root().entries()->front().value.text(), "${NOPE}");
}

TEST(Substitution, AnErrorNeverShowsTheValuePutIn) {
  const auto document = Document::parse("a: ${USER}\n", "a.yml", &environment());
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().entries()->front().value.integer().error().message,
            "a.yml:1: a: want a whole number, found \"${USER}\"");
}

TEST(Substitution, WhatIsPutInIsBounded) {
  const Environment large{{"X", std::string(200000, 'x')}};
  const auto document = Document::parse("[a, '${X}${X}', '${X}${X}', '${X}${X}']", "a.yml", &large);
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().message, "a.yml:1: [3]: the variables put in come to more than 1 MiB");
}

}  // namespace
}  // namespace serverpulse::config
