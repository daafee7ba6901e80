// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The small readers that collectors share: lists of CPUs, lines of mountinfo, the table of mounts,
// UTF-8.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/fields.h"
#include "base/utf8.h"
#include "exporter/readers/cpu_list.h"
#include "exporter/readers/mount_table.h"
#include "exporter/readers/utf8.h"

namespace serverpulse::exporter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::uint32_t> cpus(std::string_view text) {
  const auto parsed = parse_cpu_list(text, "online");
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : std::vector<std::uint32_t>{};
}

TEST(CpuList, Ranges) {
  EXPECT_THAT(cpus("0-2,7,9-9\n"), ElementsAre(0, 1, 2, 7, 9));
}
TEST(CpuList, TheEmptySet) {
  EXPECT_THAT(cpus("\n"), IsEmpty());
}
TEST(CpuList, ARangeThatEndsBeforeItBeginsIsEmpty) {
  EXPECT_THAT(cpus("5-3"), IsEmpty());
}
TEST(CpuList, RefusesWhatIsNoList) {
  for (const auto* text : {"a", "1-", "-1", "1-2-3", "1 2", "0-65536", "4294967296"}) {
    EXPECT_FALSE(parse_cpu_list(text, "online")) << text;
  }
}
TEST(CpuList, MemoryIsBounded) {
  std::string text = "0-65535";
  for (int i = 0; i < 1000; ++i) text += ",0-65535";
  const auto parsed = parse_cpu_list(text, "online");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("online: want a list of CPUs"));
}

TEST(MountLine, TakesEveryNumberOfOptionalFields) {
  for (const std::string optional : {"", "shared:1 ", "shared:1 master:2 unbindable "}) {
    const auto text = "1 2 3:4 /root /at rw,a " + optional + "- ext4 /dev/x ro,b";
    MountLine line;
    ASSERT_TRUE(parse_mount_line(text, line));
    EXPECT_EQ(line.major, 3U);
    EXPECT_EQ(line.minor, 4U);
    EXPECT_EQ(line.mount_point, "/at");
    EXPECT_EQ(line.options, "rw,a");
    EXPECT_EQ(line.type, "ext4");
    EXPECT_EQ(line.source, "/dev/x");
    EXPECT_EQ(line.super_options, "ro,b");
  }
}
TEST(MountLine, UndoesOctalEscapes) {
  EXPECT_EQ(unescape_mount(R"(/a\040b\011c\012\134e\x\08)"), "/a b\tc\n\\e\\x\\08");
  EXPECT_EQ(unescape_mount(R"(\777\04)"), R"(\777\04)");
}
TEST(MountLine, NoTextDoesHarm) {
  rc::check("any text is taken or refused", [](const std::string& text) {
    MountLine line;
    if (parse_mount_line(text, line)) RC_ASSERT(line.mount_point.starts_with('/'));
  });
}

MountTable table_at(const std::string& root) {
  return MountTable(root, *DeviceFilter::make("", ""), *DeviceFilter::make("", ""));
}

TEST(MountTable, NamesMountsAsTheHostDoes) {
  auto table = table_at("/host/");
  ASSERT_TRUE(
      table.update("1 2 3:4 / /host rw - ext4 a rw\n"
                   "1 2 3:4 / /host/srv rw - ext4 b rw\n"
                   "1 2 3:4 / /hosted rw - ext4 c rw\n",
                   "mountinfo"));
  ASSERT_EQ(table.mounts().size(), 3U);
  EXPECT_EQ(table.mounts()[0].mount_point, "/");
  EXPECT_EQ(table.mounts()[0].path, "/host");
  EXPECT_EQ(table.mounts()[1].mount_point, "/srv");
  EXPECT_EQ(table.mounts()[1].path, "/host/srv");
  EXPECT_EQ(table.mounts()[2].mount_point, "/hosted");
}
TEST(MountTable, AnUnchangedTextIsNotParsedAgain) {
  auto table = table_at("/");
  const std::string text = "1 2 3:4 / / rw - ext4 a rw\n";
  EXPECT_THAT(*table.update(text, "mountinfo"), true);
  EXPECT_THAT(*table.update(text, "mountinfo"), false);
}
TEST(MountTable, ATextThatIsRefusedLeavesNothingAndIsRefusedAgain) {
  auto table = table_at("/");
  ASSERT_TRUE(table.update("1 2 3:4 / / rw - ext4 a rw\n", "mountinfo"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(table.update("1 2 3:4 / / rw - ext4 a rw\nx\n", "mountinfo"));
    EXPECT_THAT(table.mounts(), IsEmpty());
  }
}
TEST(MountTable, AHangingRootMakesEverythingBelowSuspect) {
  auto table = table_at("/");
  ASSERT_TRUE(table.update("1 2 3:4 / / rw - nfs a rw\n1 2 3:4 / /t rw - tmpfs b rw\n", "m"));
  EXPECT_TRUE(table.mounts()[0].may_block);
  EXPECT_TRUE(table.mounts()[1].may_block);
}

TEST(AssignUtf8, ReplacesEachRunOfBadBytesByOneMark) {
  std::string to = "old";
  assign_utf8(to, "caf\xc3\xa9 \xff\xfe\xc3 x\xed\xa0\x80");
  EXPECT_EQ(to, "caf\xc3\xa9 \xEF\xBF\xBD x\xEF\xBF\xBD");
}
TEST(AssignUtf8, GivesUtf8AndKeepsUtf8) {
  rc::check("the result is UTF-8 and equal where the text was", [](const std::string& text) {
    std::string to;
    assign_utf8(to, text);
    RC_ASSERT(is_utf8(to));
    if (is_utf8(text)) RC_ASSERT(to == text);
  });
}

}  // namespace
}  // namespace serverpulse::exporter
