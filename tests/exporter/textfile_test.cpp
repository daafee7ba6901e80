// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What fixtures cannot show of textfile: files that come, change and go between scrapes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/fields.h"
#include "exporter/collector.h"
#include "metrics/text.h"

namespace serverpulse::exporter {
namespace {

namespace fs = std::filesystem;

class TextfileTest : public testing::Test {
 protected:
  TextfileTest() : logger_(clock_, -1), settings_(collector_options()) {
    std::string name = (fs::temp_directory_path() / "textfile.XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    host_.clock = &clock_;
    host_.logger = &logger_;
    read_from({root_});
  }
  ~TextfileTest() override { fs::remove_all(root_); }

  void read_from(std::vector<std::string> folders) {
    config::Settings::Value value;
    value.kind = config::Kind::texts;
    value.texts = std::move(folders);
    settings_.set("collector.textfile.directory", value);
    const auto all = all_collectors();
    const auto* const info =
        *std::find_if(all.begin(), all.end(), [](const auto* i) { return i->name == "textfile"; });
    collector_ = std::move(*info->make({host_, config::Options(settings_, "collector.textfile.")}));
  }

  void write(const std::string& name, std::string_view text, std::int64_t mtime = 1'600'000'000) {
    const auto path = root_ + "/" + name;
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
    const timespec times[2] = {{mtime, 0}, {mtime, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }

  // The samples, with the folder written as $ROOT.
  std::string scrape() {
    metrics::TextEncoder encoder;
    EXPECT_TRUE(collector_->collect(encoder));
    std::string samples;
    for (const auto line : Lines(encoder.bytes())) {
      if (line.starts_with('#')) continue;
      std::string sample(line);
      if (const auto at = sample.find(root_); at != std::string::npos) {
        sample.replace(at, root_.size(), "$ROOT");
      }
      samples += sample + "\n";
    }
    return samples;
  }

  std::string root_;
  ManualClock clock_;
  log::Logger logger_;
  Host host_;
  config::Settings settings_;
  std::unique_ptr<Collector> collector_;
};

TEST_F(TextfileTest, GivesAFileThatAppearsBetweenOthers) {
  write("a.prom", "a 1\n");
  write("c.prom", "c 3\n");
  scrape();
  write("b.prom", "b 2\n", 1'600'000'005);
  EXPECT_EQ(scrape(),
            "a 1\nb 2\nc 3\n"
            "node_textfile_mtime_seconds{file=\"$ROOT/a.prom\"} 1600000000\n"
            "node_textfile_mtime_seconds{file=\"$ROOT/b.prom\"} 1600000005\n"
            "node_textfile_mtime_seconds{file=\"$ROOT/c.prom\"} 1600000000\n"
            "node_textfile_scrape_error 0\n");
}

TEST_F(TextfileTest, ForgetsAFileThatVanished) {
  write("a.prom", "m{f=\"a\"} 1\n");
  write("b.prom", "m{f=\"b\"} 2\n");
  scrape();
  fs::remove(root_ + "/a.prom");
  EXPECT_EQ(scrape(),
            "m{f=\"b\"} 2\n"
            "node_textfile_mtime_seconds{file=\"$ROOT/b.prom\"} 1600000000\n"
            "node_textfile_scrape_error 0\n");
}

TEST_F(TextfileTest, TellsANewTimeOfAnUnchangedFile) {
  write("a.prom", "a 1\n");
  scrape();
  write("a.prom", "a 1\n", 1'600'000'060);
  EXPECT_EQ(scrape(),
            "a 1\nnode_textfile_mtime_seconds{file=\"$ROOT/a.prom\"} 1600000060\n"
            "node_textfile_scrape_error 0\n");
}

TEST_F(TextfileTest, RecoversWhenABrokenFileIsRepaired) {
  write("a.prom", "a one\n");
  EXPECT_EQ(scrape(), "node_textfile_scrape_error 1\n");
  write("a.prom", "a 1\n");
  EXPECT_EQ(scrape(),
            "a 1\nnode_textfile_mtime_seconds{file=\"$ROOT/a.prom\"} 1600000000\n"
            "node_textfile_scrape_error 0\n");
}

TEST_F(TextfileTest, FollowsAPatternToFoldersThatAppear) {
  read_from({root_ + "/team-*/"});
  EXPECT_EQ(scrape(), "node_textfile_scrape_error 1\n");
  write("team-x/m.prom", "x 1\n");
  write("team-y/m.prom", "y 2\n");
  EXPECT_EQ(scrape(),
            "x 1\ny 2\n"
            "node_textfile_mtime_seconds{file=\"$ROOT/team-x/m.prom\"} 1600000000\n"
            "node_textfile_mtime_seconds{file=\"$ROOT/team-y/m.prom\"} 1600000000\n"
            "node_textfile_scrape_error 0\n");
}

TEST_F(TextfileTest, ReadsAtMost4096Files) {
  for (int i = 0; i < 4100; ++i)
    fs::create_symlink("none", root_ + "/" + std::to_string(i) + ".prom");
  EXPECT_EQ(scrape(), "node_textfile_scrape_error 1\n");
}

}  // namespace
}  // namespace serverpulse::exporter
