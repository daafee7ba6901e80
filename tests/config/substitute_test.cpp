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

// What reading every value of the document says, a line each.
std::string errors_below(const Node& node) {
  std::string out;
  if (node.type() == Node::Type::map) {
    const auto entries = node.entries();
    for (const auto& entry : *entries) out += errors_below(entry.value);
  } else if (node.type() == Node::Type::list) {
    const auto elements = node.list();
    for (const auto& element : *elements) out += errors_below(element);
  } else if (const auto text = node.text(); !text) {
    out = text.error().message + "\n";
  }
  return out;
}

std::string document_errors(std::string_view text) {
  const auto document = Document::parse(text, "a.yml", &environment());
  return document ? errors_below(document->root()) : document.error().message;
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
  EXPECT_EQ(document_errors("a:\n  - b: x${NOPE}\n"),
            "a.yml:2: a[0].b: the environment variable \"NOPE\" is not set; a literal ${ is "
            "written $${\n");
}

TEST(Substitution, AMalformedNameIsRefused) {
  constexpr auto* kMessage =
      "a.yml:1: a: want ${NAME} with the name of an environment variable, found ";
  constexpr auto* kHint = "; a literal ${ is written $${\n";
  for (const auto* text : {"${}", "${1a}", "${a-b}", "${USER"}) {
    EXPECT_EQ(document_errors("a: '" + std::string(text) + "'"),
              std::string(kMessage) + '"' + text + '"' + kHint);
  }
}

TEST(Substitution, EveryUndefinedVariableIsListed) {
  EXPECT_EQ(document_errors("a: ${A}\nb: ${B}\n"),
            "a.yml:1: a: the environment variable \"A\" is not set; a literal ${ is written $${\n"
            "a.yml:2: b: the environment variable \"B\" is not set; a literal ${ is written $${\n");
}

TEST(Substitution, AnUndefinedVariableIsAnErrorWhateverIsRead) {
  const auto document = Document::parse("${A}", "a.yml", &environment());
  ASSERT_TRUE(document);
  const auto root = document->root();
  const std::string message =
      "a.yml:1: the environment variable \"A\" is not set; a literal ${ is written $${";
  EXPECT_EQ(root.boolean().error().message, message);
  EXPECT_EQ(root.integer().error().message, message);
  EXPECT_EQ(root.number().error().message, message);
  EXPECT_EQ(root.duration().error().message, message);
  EXPECT_EQ(root.bytes().error().message, message);
  EXPECT_EQ(root.texts().error().message, message);
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
