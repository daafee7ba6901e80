// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/prom_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace serverpulse::exporter {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kWritten = 1'600'000'000;  // long before the clock's time
constexpr std::size_t kRoom = std::size_t{64} << 20;

class PromFileTest : public testing::Test {
 protected:
  PromFileTest() {
    std::string name = (fs::temp_directory_path() / "prom_file.XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/m.prom";
  }
  ~PromFileTest() override { fs::remove_all(folder_); }

  // Writes in place, and sets the time.
  void write(std::string_view text, std::int64_t seconds = kWritten, long nanoseconds = 0) {
    std::ofstream(path_, std::ios::binary) << text;
    const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path_.c_str(), times, 0), 0);
  }
  static double value(const PromFile& file) { return file.families().at(0).samples.at(0).value; }

  std::string folder_;
  std::string path_;
  ManualClock clock_;
};

TEST_F(PromFileTest, IsParsedOnce) {
  write("a 1\n");
  PromFile file(path_);
  EXPECT_TRUE(file.refresh(clock_, kRoom));
  EXPECT_FALSE(file.refresh(clock_, kRoom));
  EXPECT_EQ(value(file), 1);
}

TEST_F(PromFileTest, IsParsedAgainWhenItsTimeChanges) {
  write("a 1\n");
  PromFile file(path_);
  file.refresh(clock_, kRoom);
  write("a 2\n", kWritten, 1);
  EXPECT_TRUE(file.refresh(clock_, kRoom));
  EXPECT_EQ(value(file), 2);
}

TEST_F(PromFileTest, IsParsedAgainWhenItsSizeChanges) {
  write("a 1\n");
  PromFile file(path_);
  file.refresh(clock_, kRoom);
  write("a 22\n");
  EXPECT_TRUE(file.refresh(clock_, kRoom));
  EXPECT_EQ(value(file), 22);
}

TEST_F(PromFileTest, IsParsedAgainWhenAnotherIsRenamedOverIt) {
  write("a 1\n");
  fs::rename(path_, path_ + ".old");
  write("a 2\n");
  PromFile file(path_);
  file.refresh(clock_, kRoom);
  fs::rename(path_ + ".old", path_);
  EXPECT_TRUE(file.refresh(clock_, kRoom));
  EXPECT_EQ(value(file), 1);
}

TEST_F(PromFileTest, IsReadAgainWhileItsTimeMayStillHideAChange) {
  const auto second = clock_.wall().count() / 1'000'000'000;
  write("a 1\n", second - 1);
  PromFile file(path_);
  file.refresh(clock_, kRoom);
  write("a 2\n", second - 1);
  EXPECT_TRUE(file.refresh(clock_, kRoom));
  EXPECT_EQ(value(file), 2);
}

TEST_F(PromFileTest, TellsItsTimeInWholeSeconds) {
  write("a 1\n", kWritten, 999'999'999);
  PromFile file(path_);
  file.refresh(clock_, kRoom);
  EXPECT_EQ(file.mtime_seconds(), kWritten);
}

TEST_F(PromFileTest, ForgetsItsFamiliesWhenItVanishes) {
  write("a 1\n");
  PromFile file(path_);
  file.refresh(clock_, kRoom);
  fs::remove(path_);
  EXPECT_TRUE(file.refresh(clock_, kRoom));
  EXPECT_TRUE(file.families().empty());
  EXPECT_EQ(file.problem(), path_ + ": No such file or directory");
  EXPECT_FALSE(file.refresh(clock_, kRoom)) << "the same problem is no change";
}

TEST_F(PromFileTest, RefusesMoreThanSixteenMebibytes) {
  write("a 1\n");
  fs::resize_file(path_, PromFile::kMostBytes + 1);
  PromFile file(path_);
  file.refresh(clock_, kRoom);
  EXPECT_EQ(file.problem(), path_ + ": want at most 16 MiB, and 64 MiB of all files together");
}

TEST_F(PromFileTest, RefusesMoreThanTheRoomThatIsLeft) {
  write("a 1\n");
  PromFile file(path_);
  file.refresh(clock_, 3);
  EXPECT_FALSE(file.ok());
  EXPECT_TRUE(file.refresh(clock_, 4)) << "there is room now";
  EXPECT_TRUE(file.ok());
}

TEST_F(PromFileTest, RefusesAPipeWithoutWaitingForIt) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  PromFile file(path_);
  file.refresh(clock_, kRoom);
  EXPECT_EQ(file.problem(), path_ + ": want a regular file");
}

TEST_F(PromFileTest, RefusesANameThatIsNotUtf8) {
  path_ = folder_ + "/\xff.prom";
  write("a 1\n");
  PromFile file(path_);
  file.refresh(clock_, kRoom);
  EXPECT_EQ(file.problem(), path_ + ": want a name in UTF-8");
}

TEST_F(PromFileTest, GivesNothingOfAFileWithATimestamp) {
  write("a 1\nb 2 0\n");
  PromFile file(path_);
  file.refresh(clock_, kRoom);
  EXPECT_TRUE(file.families().empty());
  EXPECT_EQ(file.problem(), path_ + ": want no timestamps, found one of a sample of b");
}

}  // namespace
}  // namespace serverpulse::exporter
