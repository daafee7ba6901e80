// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/self_metrics.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/fd.h"
#include "metrics/encoder.h"
#include "metrics/process_metrics.h"
#include "metrics/recording.h"
#include "tests/metrics/agree.h"
#include "tests/support/allocation_counter.h"

namespace serverpulse::metrics {
namespace {

std::string text_of(const SelfMetrics& self) {
  const auto encoder = make_encoder(Format::text);
  self.emit(*encoder);
  return encoder->bytes();
}

TEST(SelfMetrics, CountsUnderNameAndLabels) {
  SelfMetrics self;
  self.counter("hits_total", "Hits.", {{"code", "200"}}).add();
  self.counter("hits_total", "Hits.", {{"code", "200"}}).add(2);
  EXPECT_EQ(text_of(self),
            "# HELP hits_total Hits.\n# TYPE hits_total counter\nhits_total{code=\"200\"} 3\n");
}

TEST(SelfMetrics, SetsAGauge) {
  SelfMetrics self;
  const auto gauge = self.gauge("open", "Open.");
  gauge.set(5);
  gauge.add(-2);
  EXPECT_EQ(text_of(self), "# HELP open Open.\n# TYPE open gauge\nopen 3\n");
}

TEST(SelfMetrics, SortsObservationsIntoBuckets) {
  SelfMetrics self;
  const auto durations = self.histogram("d_seconds", "D.", {0.1, 1});
  durations.observe(0.05);
  durations.observe(5);
  EXPECT_EQ(text_of(self),
            "# HELP d_seconds D.\n# TYPE d_seconds histogram\nd_seconds_bucket{le=\"0.1\"} 1\n"
            "d_seconds_bucket{le=\"1.0\"} 1\nd_seconds_bucket{le=\"+Inf\"} 2\n"
            "d_seconds_sum 5.05\nd_seconds_count 2\n");
}

std::string open_metrics_of(const SelfMetrics& self, EncoderOptions options) {
  const auto encoder = make_encoder(Format::openmetrics, options);
  self.emit(*encoder);
  return encoder->bytes();
}

TEST(SelfMetrics, SaysWhenEachCountBegan) {
  ManualClock clock(std::chrono::seconds(1700000000));
  SelfMetrics self(clock);
  static_cast<void>(self.counter("hits_total", "Hits.", {{"code", "200"}}));
  static_cast<void>(self.gauge("open", "Open."));
  clock.advance(std::chrono::seconds(5));
  static_cast<void>(self.counter("hits_total", "Hits.", {{"code", "200"}}));
  static_cast<void>(self.counter("hits_total", "Hits.", {{"code", "404"}, {"path", ""}}));
  static_cast<void>(self.histogram("d_seconds", "D.", {1}));
  const auto text = open_metrics_of(self, EncoderOptions{true});
  EXPECT_NE(text.find("\nhits_created{code=\"200\"} 1700000000\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nhits_created{code=\"404\"} 1700000005\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nd_seconds_created 1700000005\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("open_created"), std::string::npos) << text;
}

TEST(SelfMetrics, SaysNoSuchTimeUnlessAsked) {
  SelfMetrics self;
  self.counter("hits_total", "Hits.").add();
  EXPECT_EQ(open_metrics_of(self, {}).find("_created"), std::string::npos);
}

TEST(SelfMetrics, GivesAHandleThatIsFalseForWhatIsMalformed) {
  SelfMetrics self;
  const auto good = self.counter("x_total", "X.");
  EXPECT_TRUE(good);
  EXPECT_FALSE(self.counter("bad name", "X."));
  EXPECT_FALSE(self.counter("y_total", "X.", {{"bad-label", "1"}}));
  EXPECT_FALSE(self.counter("y_total", "X.", {{"__reserved", "1"}}));
  EXPECT_FALSE(self.gauge("x_total", "of another type"));
  EXPECT_FALSE(self.histogram("h", "H.", {2, 1}));
  EXPECT_FALSE(self.histogram("h", "H.", {1}, {{"le", "1"}}));
  self.counter("bad name", "X.").add();
  good.add();
  EXPECT_EQ(text_of(self), "# HELP x_total X.\n# TYPE x_total counter\nx_total 1\n");
}

TEST(SelfMetrics, IgnoresANegativeAmountOfACounter) {
  SelfMetrics self;
  const auto hits = self.counter("hits_total", "Hits.");
  hits.add(-1);
  EXPECT_EQ(text_of(self), "# HELP hits_total Hits.\n# TYPE hits_total counter\nhits_total 0\n");
}

TEST(SelfMetrics, CountsOfSeveralThreadsAddUpWhileOthersLook) {
  SelfMetrics self;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        const auto hits = self.counter("hits_total", "Hits.");
        for (int n = 0; n < 500; ++n) hits.add();
      });
    }
    for (int n = 0; n < 20; ++n) static_cast<void>(text_of(self));
  }
  EXPECT_NE(text_of(self).find("hits_total 1500\n"), std::string::npos);
}

double value_of(const RecordingSink& recording, std::string_view name) {
  for (const auto& [family, names] : recording.families()) {
    if (family.name == name) return family.samples.at(0).value;
  }
  ADD_FAILURE() << name << " was not given";
  return -1;
}

TEST(ProcessMetrics, SayWhatTheKernelSaysOfThisProcess) {
  ProcessMetrics process;
  RecordingSink recording;
  ASSERT_TRUE(process.emit(recording));
  EXPECT_EQ(recording.families().size(), 7U);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_GT(value_of(recording, "process_cpu_seconds_total"), 0);
  EXPECT_GT(value_of(recording, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(value_of(recording, "process_virtual_memory_bytes"),
            value_of(recording, "process_resident_memory_bytes"));
  EXPECT_LE(value_of(recording, "process_start_time_seconds"), now + 2);
  EXPECT_GT(value_of(recording, "process_start_time_seconds"), now - 3600);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(value_of(recording, "process_max_fds"), static_cast<double>(limit.rlim_cur));
}

TEST(ProcessMetrics, CountOneMoreDescriptorWhenOneIsOpened) {
  ProcessMetrics process;
  RecordingSink before;
  ASSERT_TRUE(process.emit(before));
  const Fd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(one);
  RecordingSink after;
  ASSERT_TRUE(process.emit(after));
  EXPECT_EQ(value_of(after, "process_open_fds"), value_of(before, "process_open_fds") + 1);
}

TEST(ProcessMetrics, AgreeInEveryFormat) {
  ProcessMetrics process;
  metrics_test::expect_encoders_agree([&](Sink& sink) { ASSERT_TRUE(process.emit(sink)); });
}

TEST(ProcessMetrics, AllocateNothingTheSecondTime) {
  ProcessMetrics process;
  const auto encoder = make_encoder(Format::text);
  ASSERT_TRUE(process.emit(*encoder));
  encoder->clear();
  const testing_support::AllocationCounter counter;
  ASSERT_TRUE(process.emit(*encoder));
  EXPECT_EQ(counter.count(), 0U);
}

class ProcFolder : public testing::Test {
 protected:
  ProcFolder() {
    std::string name = testing::TempDir() + "procXXXXXX";
    path_ = ::mkdtemp(name.data());
    std::filesystem::create_directory(path_ + "/self");
  }
  ~ProcFolder() override { std::filesystem::remove_all(path_); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(path_ + "/" + name) << text;
  }
  [[nodiscard]] std::string refusal() const {
    RecordingSink recording;
    const auto status = ProcessMetrics(path_).emit(recording);
    EXPECT_TRUE(recording.families().empty());
    if (status) return "accepted";
    const auto& message = status.error().message;
    return message.substr(std::min(path_.size(), message.size()));
  }
  std::string path_;
};

TEST_F(ProcFolder, WithoutAStatIsRefused) {
  EXPECT_EQ(refusal(), "/self/stat: No such file or directory");
}

TEST_F(ProcFolder, WithTooFewFieldsIsRefused) {
  write("self/stat", "1 (a b) c) S 1 2\n");
  EXPECT_EQ(refusal(), "/self/stat: want 22 fields, found \"1 (a b) c) S 1 2\\n\"");
}

TEST_F(ProcFolder, WithoutBootTimeIsRefused) {
  write("self/stat", "1 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 1900 0\n");
  write("stat", "cpu 1 2\n");
  EXPECT_EQ(refusal(), "/stat: want a line btime, found none");
}

TEST_F(ProcFolder, WithoutMemoryFiguresIsRefused) {
  write("self/stat", "1 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 1900 0\n");
  write("stat", "cpu 1 2\nbtime 1700000000\n");
  write("self/statm", "12 x\n");
  EXPECT_EQ(refusal(), "/self/statm: want two numbers, found \"12 x\\n\"");
}

}  // namespace
}  // namespace serverpulse::metrics
