// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Mounts that do not answer: what they cost a scrape, how many threads they take, and that they
// come back by themselves. The kernel here is a fake whose statfs(2) blocks until it is let go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "exporter/readers/statfs_pool.h"
#include "tests/exporter/host_tree.h"

namespace serverpulse::exporter {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

class BlockingKernel final : public Kernel {
 public:
  ~BlockingKernel() override {
    std::unique_lock lock(mutex_);
    dead_.clear();
    changed_.notify_all();
    changed_.wait(lock, [&] { return inside_ == 0; });
  }
  Result<utsname> uname() override { return fail("not asked"); }
  Result<timex> adjtimex(int& /*state*/) override { return fail("not asked"); }
  Status route_dump(std::uint16_t /*type*/, unsigned char /*family*/,
                    std::string& /*buffer*/) override {
    return fail("not asked");
  }

  Result<struct statfs> statfs(const std::string& path) override {
    std::unique_lock lock(mutex_);
    ++calls_[path];
    ++inside_;
    most_inside_ = std::max(most_inside_, inside_);
    threads_.insert(std::this_thread::get_id());
    changed_.notify_all();
    changed_.wait(lock, [&] { return !dead_.contains(path); });
    --inside_;
    changed_.notify_all();
    struct statfs answer {};
    answer.f_bsize = 4096;
    answer.f_blocks = 10;
    return answer;
  }

  void kill(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    dead_.insert(path);
  }
  // Lets every call on the path answer, and waits until none is inside.
  void revive(const std::string& path) {
    std::unique_lock lock(mutex_);
    dead_.erase(path);
    changed_.notify_all();
    changed_.wait(lock, [&] { return !dead_.empty() || inside_ == 0; });
  }
  int calls(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    return calls_[path];
  }
  int most_inside() {
    const std::scoped_lock lock(mutex_);
    return most_inside_;
  }
  bool asked_on(std::thread::id thread) {
    const std::scoped_lock lock(mutex_);
    return threads_.contains(thread);
  }
  std::size_t threads() {
    const std::scoped_lock lock(mutex_);
    return threads_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> dead_;
  std::map<std::string, int> calls_;
  std::set<std::thread::id> threads_;
  int inside_ = 0;
  int most_inside_ = 0;
};

std::string nfs(int number, const std::string& point) {
  return std::to_string(100 + number) + " 1 0:" + std::to_string(50 + number) + " / " + point +
         " rw - nfs4 files:/" + std::to_string(number) + " rw\n";
}

class StuckMounts : public testing::Test {
 protected:
  void start(const std::string& mounts, const std::string& timeout = "100ms",
             const std::string& workers = "4") {
    tree_.write("proc/1/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\n" + mounts);
    tree_.make("filesystem", kernel_, clock_,
               {{"mount-timeout", timeout}, {"stat-workers", workers}});
  }
  // The lines of so many mounts, all dead.
  std::string kill_many(std::size_t count) {
    std::string mounts;
    for (std::size_t i = 0; i < count; ++i) {
      mounts += nfs(static_cast<int>(i), "/dead" + std::to_string(i));
      kernel_.kill("/dead" + std::to_string(i));
    }
    return mounts;
  }
  std::string timed_scrape(steady_clock::duration& took) {
    const auto began = steady_clock::now();
    auto text = tree_.scrape();
    took = steady_clock::now() - began;
    return text;
  }
  // The sample of a mount point in a family: its line from the value on, without the labels.
  static std::string error_of(const std::string& point, const std::string& type = "nfs4") {
    return "device_error=\"mountpoint timeout\",fstype=\"" + type + "\",mountpoint=\"" + point +
           "\"} 1\n";
  }
  static std::string size_of(const std::string& point, const std::string& type = "nfs4") {
    return "device_error=\"\",fstype=\"" + type + "\",mountpoint=\"" + point + "\"} 40960\n";
  }

  BlockingKernel kernel_;
  ManualClock clock_;
  HostTree tree_;
};

TEST_F(StuckMounts, ADeadMountCostsItsOwnMetricsOnly) {
  start(nfs(1, "/dead") + nfs(2, "/alive"), "1s");
  kernel_.kill("/dead");
  const auto text = tree_.scrape();
  EXPECT_THAT(text, HasSubstr(error_of("/dead")));
  EXPECT_THAT(text, HasSubstr(size_of("/", "ext4")));
  EXPECT_THAT(text, HasSubstr(size_of("/alive")));
  EXPECT_THAT(text, Not(HasSubstr(size_of("/dead"))));
  kernel_.revive("/dead");
}

TEST_F(StuckMounts, ADeadMountIsNotAskedNorWaitedForAgain) {
  start(nfs(1, "/dead"), "4s");
  kernel_.kill("/dead");
  steady_clock::duration took{};
  timed_scrape(took);
  EXPECT_GE(took, 3500ms);
  EXPECT_LT(took, 4s) << "a dead-line of the same length would be missed";
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(timed_scrape(took), HasSubstr(error_of("/dead")));
    EXPECT_LT(took, 1s);
  }
  EXPECT_EQ(kernel_.calls("/dead"), 1);
  kernel_.revive("/dead");
}

TEST_F(StuckMounts, AMountThatAnswersAgainTakesPartAgain) {
  start(nfs(1, "/dead"));
  kernel_.kill("/dead");
  EXPECT_THAT(tree_.scrape(), HasSubstr(error_of("/dead")));
  kernel_.revive("/dead");
  // The thread that was lost comes back a moment after the call has.
  const auto end = steady_clock::now() + 5s;
  auto text = tree_.scrape();
  while (text.find(size_of("/dead")) == std::string::npos && steady_clock::now() < end) {
    text = tree_.scrape();
  }
  EXPECT_THAT(text, HasSubstr(size_of("/dead")));
  EXPECT_THAT(text, Not(HasSubstr("timeout")));
}

TEST_F(StuckMounts, ThreadsDoNotStackUp) {
  start(kill_many(10), "1s", "3");
  for (int i = 0; i < 30; ++i) tree_.scrape();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(kernel_.calls("/dead" + std::to_string(i)), 1);
  EXPECT_EQ(kernel_.statfs_pool().lost(), 10U);
  EXPECT_LE(kernel_.most_inside(), 11) << "the dead ones, and one for all others";
}

TEST_F(StuckMounts, MoreDeadMountsThanWorkersCostTheirOwnMetricsOnlyFromTheFirstScrapeOn) {
  start(nfs(1, "/alive") + kill_many(10) + nfs(2, "/alive2"), "2s", "2");
  for (int i = 0; i < 3; ++i) {
    const auto text = tree_.scrape();
    EXPECT_THAT(text, HasSubstr(size_of("/alive")));
    EXPECT_THAT(text, HasSubstr(size_of("/alive2")));
    EXPECT_THAT(text, HasSubstr(size_of("/", "ext4")));
    EXPECT_THAT(text, HasSubstr(error_of("/dead0")));
  }
}

TEST_F(StuckMounts, WithOneWorkerThatIsLostOthersStillAnswer) {
  start(nfs(1, "/dead"), "1s", "1");
  kernel_.kill("/dead");
  tree_.scrape();
  tree_.write("proc/1/mountinfo",
              "27 1 254:0 / / rw - ext4 /dev/vda rw\n" + nfs(1, "/dead") + nfs(2, "/alive"));
  steady_clock::duration took{};
  const auto text = timed_scrape(took);
  EXPECT_LT(took, 800ms);
  EXPECT_THAT(text, HasSubstr(error_of("/dead")));
  EXPECT_THAT(text, HasSubstr(size_of("/alive")));
  EXPECT_THAT(text, HasSubstr(size_of("/", "ext4")));
}

TEST_F(StuckMounts, BeyondTheMostThreadsCallsAreGivenUpAtOnce) {
  start(kill_many(StatfsPool::kMostThreads + 6), "500ms", "4");
  for (int i = 0; i < 3 && kernel_.statfs_pool().lost() < StatfsPool::kMostThreads; ++i) {
    tree_.scrape();
  }
  EXPECT_EQ(kernel_.statfs_pool().lost(), StatfsPool::kMostThreads);
  EXPECT_LE(kernel_.most_inside(), int{StatfsPool::kMostThreads} + 1);
  steady_clock::duration took{};
  EXPECT_THAT(timed_scrape(took), HasSubstr(error_of("/dead0")));
  EXPECT_LT(took, 400ms);
}

TEST_F(StuckMounts, ReloadsTakeNoMoreThreadsAndDoNotForget) {
  kernel_.kill("/dead");
  start(nfs(1, "/dead"), "1s");
  tree_.scrape();
  tree_.close();
  for (int i = 0; i < 10; ++i) {
    start(nfs(1, "/dead") + nfs(2, "/alive"), "1s", std::to_string(1 + i % 3));
    steady_clock::duration took{};
    const auto text = timed_scrape(took);
    EXPECT_LT(took, 800ms);
    EXPECT_THAT(text, HasSubstr(error_of("/dead")));
    EXPECT_THAT(text, HasSubstr(size_of("/alive")));
    tree_.close();
  }
  EXPECT_EQ(kernel_.calls("/dead"), 1);
  EXPECT_EQ(kernel_.statfs_pool().lost(), 1U);
  EXPECT_LE(kernel_.threads(), 4U) << "the lost one, the scrape's, one that works and one spare";
}

TEST_F(StuckMounts, ADeadMountStaysKnownWhenTheTableChanges) {
  start(nfs(1, "/dead"), "1s");
  kernel_.kill("/dead");
  tree_.scrape();
  tree_.write("proc/1/mountinfo", nfs(1, "/dead") + nfs(2, "/new"));
  const auto text = tree_.scrape();
  EXPECT_THAT(text, HasSubstr(error_of("/dead")));
  EXPECT_THAT(text, HasSubstr(size_of("/new")));
  EXPECT_EQ(kernel_.calls("/dead"), 1);
  kernel_.revive("/dead");
}

TEST_F(StuckMounts, ADeadMountThatIsUnmountedIsForgotten) {
  start(nfs(1, "/dead"));
  kernel_.kill("/dead");
  tree_.scrape();
  tree_.write("proc/1/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\n");
  EXPECT_THAT(tree_.scrape(), Not(HasSubstr("/dead")));
  kernel_.revive("/dead");
}

TEST_F(StuckMounts, OnlyFileSystemsInMemoryAreAskedOnTheThreadOfTheScrape) {
  tree_.write("proc/1/mountinfo", "28 27 0:9 / /tmp rw - tmpfs tmpfs rw\n");
  tree_.make("filesystem", kernel_, clock_);
  tree_.scrape();
  EXPECT_TRUE(kernel_.asked_on(std::this_thread::get_id()));
  EXPECT_EQ(kernel_.threads(), 1U);
}

TEST_F(StuckMounts, ADiskThatIsLostCostsItsOwnMetricsOnly) {
  start("28 27 254:16 / /san rw - xfs /dev/mapper/san rw\n29 27 0:9 / /tmp rw - tmpfs tmpfs rw\n");
  kernel_.kill("/san");
  const auto text = tree_.scrape();
  EXPECT_THAT(text, HasSubstr(error_of("/san", "xfs")));
  EXPECT_THAT(text, HasSubstr(size_of("/", "ext4")));
  EXPECT_THAT(text, HasSubstr(size_of("/tmp", "tmpfs")));
}

TEST_F(StuckMounts, ALocalFileSystemBelowARemoteOneIsNot) {
  start(nfs(1, "/net") + "28 27 0:9 / /net/tmp rw - tmpfs tmpfs rw\n" +
        "29 27 0:10 / /network rw - tmpfs tmpfs rw\n");
  kernel_.kill("/net/tmp");  // its path leads through /net
  const auto text = tree_.scrape();
  EXPECT_THAT(text, HasSubstr(error_of("/net/tmp", "tmpfs")));
  EXPECT_THAT(text, HasSubstr(size_of("/network", "tmpfs")));
  kernel_.revive("/net/tmp");
}

TEST_F(StuckMounts, TheEndDoesNotWaitForADeadMount) {
  start(nfs(1, "/dead"));
  kernel_.kill("/dead");
  tree_.scrape();
  const auto began = steady_clock::now();
  tree_.close();
  EXPECT_LT(steady_clock::now() - began, 2s);
  kernel_.revive("/dead");
}

TEST(StatfsPool, GivesEveryAnswerOfARound) {
  BlockingKernel kernel;
  StatfsPool pool(kernel);
  std::vector<std::shared_ptr<StatfsPool::Call>> calls;
  for (int i = 0; i < 100; ++i) calls.push_back(pool.call("/" + std::to_string(i)));
  for (int round = 1; round <= 50; ++round) {
    pool.begin(calls, 2, 30s);
    pool.finish();
    for (const auto& call : calls) {
      ASSERT_NE(StatfsPool::answer(*call), nullptr);
      ASSERT_EQ(kernel.calls(StatfsPool::path(*call)), round);
    }
  }
  EXPECT_EQ(pool.lost(), 0U);
}

TEST(StatfsPool, ACallThatIsLostIsTheOneForItsPath) {
  BlockingKernel kernel;
  kernel.kill("/dead");
  StatfsPool pool(kernel);
  const std::vector calls{pool.call("/dead")};
  pool.begin(calls, 2, 50ms);
  pool.finish();
  EXPECT_EQ(StatfsPool::answer(*calls[0]), nullptr);
  EXPECT_EQ(pool.lost(), 1U);
  EXPECT_EQ(pool.call("/dead"), calls[0]);
  EXPECT_NE(pool.call("/other"), calls[0]);
  kernel.revive("/dead");
}

}  // namespace
}  // namespace serverpulse::exporter
