// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/yaml.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace serverpulse::config {
namespace {

using std::chrono::nanoseconds;

Document parsed(std::string_view text, const Environment* substitute = nullptr) {
  auto document = Document::parse(text, "a.yml", substitute);
  EXPECT_TRUE(document) << document.error().message;
  return std::move(*document);
}

std::string refused(std::string_view text, const Environment* substitute = nullptr) {
  const auto document = Document::parse(text, "a.yml", substitute);
  return document ? "was accepted" : document.error().message;
}

// The error of reading the value under the key `v`.
template <class Read>
std::string wrong(std::string_view text, Read read) {
  const auto document = parsed(text);
  Map map(document.root());
  const auto node = map.child("v");
  if (!node) return "no such key";
  const auto value = read(*node);
  return value ? "was accepted" : value.error().message;
}

TEST(Yaml, ReadsEveryType) {
  const auto document = parsed(
      "text: a b\nflag: yes\nwhole: -7\nreal: 1.5\nwait: 1m30s\nsize: 512MiB\n"
      "names: [x, y]\none: z\n");
  Map map(document.root());
  std::string text;
  bool flag = false;
  std::int64_t whole = 0;
  double real = 0;
  nanoseconds wait{};
  std::uint64_t size = 0;
  std::vector<std::string> names;
  std::vector<std::string> one;
  EXPECT_TRUE(map.get("text", text));
  EXPECT_TRUE(map.get("flag", flag));
  EXPECT_TRUE(map.get("whole", whole));
  EXPECT_TRUE(map.get("real", real));
  EXPECT_TRUE(map.get("wait", wait));
  EXPECT_TRUE(map.get_bytes("size", size));
  EXPECT_TRUE(map.get("names", names));
  EXPECT_TRUE(map.get("one", one));
  EXPECT_TRUE(map.finish());
  EXPECT_EQ(text, "a b");
  EXPECT_TRUE(flag);
  EXPECT_EQ(whole, -7);
  EXPECT_EQ(real, 1.5);
  EXPECT_EQ(wait, std::chrono::seconds(90));
  EXPECT_EQ(size, 536870912U);
  EXPECT_EQ(names, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(one, (std::vector<std::string>{"z"}));
}

TEST(Yaml, AnEmptyDocumentIsAnEmptyMap) {
  for (const auto* text : {"", "\n", "# only a remark\n", "---\n", "~"}) {
    const auto document = parsed(text);
    EXPECT_TRUE(document.root().is_null()) << text;
    Map map(document.root());
    EXPECT_FALSE(map.child("any"));
    EXPECT_TRUE(map.finish());
  }
}

TEST(Yaml, AScalarThatLooksLikeANumberIsTextToWhoeverWantsText) {
  const auto document = parsed("v: 007");
  Map map(document.root());
  std::string text;
  EXPECT_TRUE(map.get("v", text));
  EXPECT_EQ(text, "007");
}

TEST(Yaml, ANodeKnowsWhereItStands) {
  const auto document = parsed("a:\n  - b: 1\n    'c d': 2\n");
  const auto list = document.root().entries()->front().value.list();
  const auto entries = list->front().entries();
  EXPECT_EQ(entries->at(0).value.path(), "a[0].b");
  EXPECT_EQ(entries->at(0).value.line(), 2);
  EXPECT_EQ(entries->at(0).value.column(), 8);
  EXPECT_EQ(entries->at(1).value.path(), "a[0].\"c d\"");
  EXPECT_EQ(entries->at(1).line, 3);
  EXPECT_EQ(document.root().path(), "");
  EXPECT_EQ(document.root().file(), "a.yml");
}

TEST(Yaml, NodesKeepTheDocumentAlive) {
  std::optional<Node> node;
  {
    const auto document = parsed("v: kept");
    node = document.root().entries()->front().value;
  }
  EXPECT_EQ(*node->text(), "kept");
}

TEST(Yaml, AnUnknownKeyIsRefusedWithTheNearestKnownOne) {
  const auto document = parsed("web:\n  lisen_address: x\n  zebra: 1\n");
  Map top(document.root());
  Map web(*top.child("web"));
  std::string address;
  web.get("listen_address", address);
  web.get("telemetry_path", address);
  top.add(web.finish());
  const auto status = top.finish();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            "a.yml:2: web: unknown key \"lisen_address\", did you mean \"listen_address\"?\n"
            "a.yml:3: web: unknown key \"zebra\"; known here: listen_address, telemetry_path");
}

TEST(Yaml, AMapThatKnowsNoKeyRefusesAnyKey) {
  const auto document = parsed("a: 1");
  EXPECT_EQ(Map(document.root()).finish().error().message, "a.yml:1: unknown key \"a\"");
}

TEST(Yaml, AWrongTypeSaysWhatWasWantedAndWhatWasFound) {
  const auto text = [](const Node& n) { return n.text(); };
  const auto boolean = [](const Node& n) { return n.boolean(); };
  const auto integer = [](const Node& n) { return n.integer(); };
  const auto port = [](const Node& n) { return n.integer(1, 65535); };
  const auto number = [](const Node& n) { return n.number(); };
  const auto duration = [](const Node& n) { return n.duration(); };
  const auto bytes = [](const Node& n) { return n.bytes(); };
  const auto list = [](const Node& n) { return n.list(); };
  const auto texts = [](const Node& n) { return n.texts(); };
  const auto entries = [](const Node& n) { return n.entries(); };
  EXPECT_EQ(wrong("v: [1]", text), "a.yml:1: v: want text, found a list");
  EXPECT_EQ(wrong("v:", text), "a.yml:1: v: want text, found nothing");
  EXPECT_EQ(wrong("v: {a: 1}", boolean), "a.yml:1: v: want true or false, found a map");
  EXPECT_EQ(wrong("v: 1", boolean), "a.yml:1: v: want true or false, found \"1\"");
  EXPECT_EQ(wrong("v: 1.5", integer), "a.yml:1: v: want a whole number, found \"1.5\"");
  EXPECT_EQ(wrong("v: 99999999999999999999", integer),
            "a.yml:1: v: want a whole number, found \"99999999999999999999\"");
  EXPECT_EQ(wrong("v: 70000", port),
            "a.yml:1: v: want a whole number from 1 to 65535, found \"70000\"");
  EXPECT_EQ(wrong("v: nan", number), "a.yml:1: v: want a number, found \"nan\"");
  EXPECT_EQ(wrong("v: 5 s", duration),
            "a.yml:1: v: want a duration such as 5s, 1m30s or 100ms, found \"5 s\"");
  EXPECT_EQ(wrong("v: 5MB", bytes),
            "a.yml:1: v: want a size such as 512MiB (B, KiB, MiB, GiB, TiB), found \"5MB\"");
  EXPECT_EQ(wrong("v: x", list), "a.yml:1: v: want a list, found \"x\"");
  EXPECT_EQ(wrong("v: {a: 1}", texts), "a.yml:1: v: want a list, found a map");
  EXPECT_EQ(wrong("v: [a, []]", texts), "a.yml:1: v[1]: want text, found a list");
  EXPECT_EQ(wrong("v: [a]", entries), "a.yml:1: v: want a map, found a list");
}

TEST(Yaml, AMapReaderOfSomethingElseSaysSoOnce) {
  const auto document = parsed("v: [1]");
  Map top(document.root());
  Map map(*top.child("v"));
  std::string out;
  map.require("a", out);
  EXPECT_EQ(map.finish().error().message, "a.yml:1: v: want a map, found a list");
}

TEST(Yaml, ARequiredKeyMayNotBeAbsent) {
  const auto document = parsed("v: {b: 1}");
  Map top(document.root());
  Map map(*top.child("v"));
  std::string out;
  EXPECT_FALSE(map.require("job", out));
  EXPECT_TRUE(map.require("b", out));
  EXPECT_EQ(map.finish().error().message, "a.yml:1: v: want a key \"job\", found none");
}

TEST(Yaml, AWrongValueLeavesTheOldOneAlone) {
  const auto document = parsed("v: x");
  Map map(document.root());
  std::int64_t out = 42;
  EXPECT_FALSE(map.get("v", out));
  EXPECT_EQ(out, 42);
}

TEST(Yaml, AReaderMayAddItsOwnErrors) {
  const auto document = parsed("\nv: x");
  Map map(document.root());
  map.wrong("v", "want a port of ours");
  map.wrong("other", "want v or w");
  EXPECT_EQ(map.finish().error().message, "a.yml:2: v: want a port of ours\na.yml:2: want v or w");
}

TEST(Yaml, ErrorsAreListedUpToABound) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "key" + std::to_string(i) + ": 1\n";
  const auto document = parsed(text);
  const auto status = Map(document.root()).finish();
  ASSERT_FALSE(status);
  const auto& message = status.error().message;
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 20);
  EXPECT_NE(message.find("\n… and more"), std::string::npos);
}

TEST(Yaml, MalformedTextIsRefusedWithLineAndColumn) {
  EXPECT_EQ(refused("a: 1\nb: [1, 2\n"), "a.yml:3:1: not YAML: end of sequence flow not found");
  EXPECT_EQ(refused("a: *nowhere"), "a.yml:1:4: not YAML: the referenced anchor is not defined");
}

TEST(Yaml, ARefusalShowsNoControlBytes) {
  EXPECT_EQ(refused("a: \"\\\x1b\""), "a.yml:1:7: not YAML: \"unknown escape character: \\x1b\"");
}

TEST(Yaml, WhatIsAlmostAlwaysAMistakeIsRefused) {
  EXPECT_EQ(refused("m:\n  a: 1\n  b: 2\n  a: 3\n"), "a.yml:4: m: the key \"a\" is here twice");
  EXPECT_EQ(refused("? [a]\n: 1\n"), "a.yml:1: want a text as key, found a list");
  EXPECT_EQ(refused("? {a: 1}\n: 1\n"), "a.yml:1: want a text as key, found a map");
  EXPECT_EQ(refused("~: 1\n"), "a.yml:1: want a text as key, found nothing");
  EXPECT_EQ(refused("a: &x 1\n*x : 2\n"), "a.yml:2: want a text as key, found an alias");
  EXPECT_EQ(refused("&x a: 1\n"), "a.yml:1: want no anchor on a key, found one");
  EXPECT_EQ(refused("a: !!binary aGk=\n"),
            "a.yml:1: a: want no tag, found \"tag:yaml.org,2002:binary\"");
  EXPECT_EQ(refused("a: &x [*x]\n"), "a.yml:1: a[0]: an alias inside the value that it stands for");
  EXPECT_EQ(refused("a: 1\n---\nb: 2\n"), "a.yml:3: want one document, found a second");
}

TEST(Yaml, AliasesStandForTheirAnchor) {
  const auto document = parsed("base: &b {x: 1}\ncopy: *b\n");
  Map top(document.root());
  top.child("base");
  const auto copy = top.child("copy");
  EXPECT_EQ(copy->path(), "copy");
  Map map(*copy);
  std::int64_t x = 0;
  EXPECT_TRUE(map.get("x", x));
  EXPECT_EQ(x, 1);
}

TEST(Yaml, ABombOfAliasesIsRefused) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) text += before + (j < 8 ? ", " : "]\n");
  }
  EXPECT_EQ(refused(text), "a.yml:6: a5[0]: more than 100000 values, aliases written out");
}

TEST(Yaml, DeepNestingIsRefused) {
  const std::string message = "a.yml:1: more than 64 levels of lists and maps";
  EXPECT_EQ(refused(std::string(65, '[') + std::string(65, ']')), message);
  EXPECT_EQ(refused(std::string(50000, '[')), message);
  EXPECT_EQ(refused("a: " + std::string(50000, '[')), message);
  EXPECT_EQ(parsed(std::string(64, '[') + std::string(64, ']')).root().type(), Node::Type::list);
}

TEST(Yaml, ABracketThatIsNotClosedIsNoKey) {
  EXPECT_EQ(refused("a: [[1, 2"), "a.yml:1:1: not YAML: end of sequence flow not found");
}

TEST(Yaml, TooManyValuesAreRefused) {
  std::string text;
  for (int i = 0; i < 100001; ++i) text += "- a\n";
  EXPECT_EQ(refused(text), "a.yml:100000: [99999]: more than 100000 values, aliases written out");
}

TEST(Yaml, MoreThanAMebibyteIsRefused) {
  EXPECT_EQ(refused(std::string(kMostYamlBytes + 1, '#')), "a.yml: more than 1 MiB");
  EXPECT_TRUE(parsed(std::string(kMostYamlBytes, '#')).root().is_null());
}

TEST(Yaml, AMissingFileIsUnavailableAndNamed) {
  const auto document = Document::load("/nonexistent/web.yml");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().message, "/nonexistent/web.yml: No such file or directory");
  EXPECT_EQ(document.error().kind, Error::Kind::unavailable);
}

TEST(Yaml, ADirectoryIsNoFile) {
  EXPECT_EQ(Document::load("/").error().message, "/: want a regular file, found a directory");
}

TEST(Yaml, APipeIsRefusedAndNotWaitedFor) {
  const auto path = testing::TempDir() + "yaml" + std::to_string(::getpid()) + ".fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto document = Document::load(path);
  std::filesystem::remove(path);
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().message, path + ": want a regular file, found a pipe");
}

TEST(Yaml, ADeviceIsRefused) {
  EXPECT_EQ(Document::load("/dev/zero").error().message,
            "/dev/zero: want a regular file, found a device or socket");
}

TEST(Yaml, AFileIsLoaded) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / ("yaml" + std::to_string(::getpid()) + ".yml");
  std::ofstream(path) << "v: 1\n";
  const auto document = Document::load(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->file(), path);
  EXPECT_EQ(document->root().entries()->front().key, "v");
}

}  // namespace
}  // namespace serverpulse::config
