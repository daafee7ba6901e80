// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// os reads its file again only when stat(2) tells of a change: that it notices each kind of one.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "tests/exporter/host_tree.h"

namespace serverpulse::exporter {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class OsChanges : public testing::Test {
 protected:
  void start() { tree_.make("os", kernel_, clock_); }
  RealKernel kernel_;
  ManualClock clock_;
  HostTree tree_{HostTree::Root::own};
};

TEST_F(OsChanges, AReplacedFileIsNoticed) {
  tree_.write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
  start();
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"12\""));
  tree_.replace("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"13\""));
}

TEST_F(OsChanges, AFileWrittenInPlaceIsNoticed) {
  tree_.write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
  start();
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"12\""));
  tree_.write("etc/os-release", "ID=debian\nVERSION_ID=\"12.1\"\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"12.1\""));
}

TEST_F(OsChanges, AReplacedFileOfTheSameTimeAndSizeIsNoticed) {
  const timespec same[2] = {{1700000000, 0}, {1700000000, 0}};
  const auto file = tree_.folder() + "/etc/os-release";
  tree_.write("etc/os-release", "VERSION_ID=\"12\"\n");
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), same, 0), 0);
  start();
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"12\""));
  tree_.replace("etc/os-release", "VERSION_ID=\"13\"\n");
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), same, 0), 0);
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"13\""));
}

TEST_F(OsChanges, AFileWrittenInPlaceThatKeepsItsTimeAndSizeIsNoticed) {
  const timespec same[2] = {{1700000000, 0}, {1700000000, 0}};
  const auto file = tree_.folder() + "/etc/os-release";
  tree_.write("etc/os-release", "VERSION_ID=\"12\"\n");
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), same, 0), 0);
  start();
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"12\""));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // a tick of the file system's clock
  tree_.write("etc/os-release", "VERSION_ID=\"13\"\n");
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), same, 0), 0);
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"13\""));
}

TEST_F(OsChanges, TheOtherFileIsTakenWhileTheFirstIsGone) {
  tree_.write("etc/os-release", "VERSION_ID=\"12\"\n");
  tree_.write("usr/lib/os-release", "VERSION_ID=\"11\"\n");
  start();
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"12\""));
  tree_.remove("etc/os-release");
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"11\""));
  tree_.write("etc/os-release", "VERSION_ID=\"12\"\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("version_id=\"12\""));
}

TEST_F(OsChanges, AMalformedFileIsRefusedUntilItIsMended) {
  tree_.write("etc/os-release", "VERSION_ID=\"12\n");
  start();
  EXPECT_THAT(tree_.scrape(), StartsWith("failed: "));
  EXPECT_THAT(tree_.scrape(), StartsWith("failed: ")) << "an unchanged file that is bad stays so";
  tree_.write("etc/os-release", "VERSION_ID=\"12\"\n");
  EXPECT_THAT(tree_.scrape(), Not(StartsWith("failed: ")));
}

}  // namespace
}  // namespace serverpulse::exporter
