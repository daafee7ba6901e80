// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// A scrape of the same shape as the one before allocates nothing: buffers, names and verdicts are
// kept. Held against every collector, over its fixtures and on the machine that runs the test.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/fields.h"
#include "metrics/text.h"
#include "tests/collectors/fixture_case.h"
#include "tests/support/allocation_counter.h"

namespace serverpulse::exporter {
namespace {

using testing_support::AllocationCounter;

// A fixture's kernel reads files through streams, which is not the collector's doing: here it
// counts its own allocations, to be taken off; not those on a collector's own threads, which the
// test does not count either.
class CountedKernel final : public Kernel {
 public:
  explicit CountedKernel(std::string folder) : kernel_(std::move(folder)) {}
  [[nodiscard]] std::uint64_t count() const { return count_; }

  Result<utsname> uname() override {
    const Tally tally(total());
    return kernel_.uname();
  }
  Result<timex> adjtimex(int& state) override {
    const Tally tally(total());
    return kernel_.adjtimex(state);
  }
  Result<struct statfs> statfs(const std::string& path) override {
    const Tally tally(total());
    return kernel_.statfs(path);
  }
  Status route_dump(std::uint16_t type, unsigned char family, std::string& buffer) override {
    const Tally tally(total());
    return kernel_.route_dump(type, family, buffer);
  }

 private:
  class Tally {
   public:
    explicit Tally(std::uint64_t* total) : total_(total) {}
    Tally(const Tally&) = delete;
    Tally& operator=(const Tally&) = delete;
    ~Tally() {
      if (total_ != nullptr) *total_ += counter_.count();
    }

   private:
    std::uint64_t* total_;
    AllocationCounter counter_;
  };

  [[nodiscard]] std::uint64_t* total() {
    return std::this_thread::get_id() == home_ ? &count_ : nullptr;
  }

  FixtureKernel kernel_;
  const std::thread::id home_ = std::this_thread::get_id();
  std::uint64_t count_ = 0;
};

std::vector<Case> cases_with_metrics() {
  auto cases = all_cases();
  std::erase_if(cases, [](const Case& c) { return !c.gives_metrics(); });
  return cases;
}

class Allocation : public testing::TestWithParam<Case> {};

TEST_P(Allocation, NoneInTheSecondScrapeOfAFixture) {
  CountedKernel kernel(GetParam().folder() + "/kernel");
  Workbench bench(GetParam(), &kernel);
  ASSERT_TRUE(bench.collector());
  metrics::TextEncoder encoder;
  ASSERT_TRUE((*bench.collector())->collect(encoder));
  encoder.clear();
  const auto before = kernel.count();
  const AllocationCounter counter;
  const auto done = (*bench.collector())->collect(encoder);
  EXPECT_EQ(counter.count() - (kernel.count() - before), 0U);
  EXPECT_TRUE(done);
}

INSTANTIATE_TEST_SUITE_P(Collectors, Allocation, testing::ValuesIn(cases_with_metrics()),
                         [](const auto& param) { return test_name(param.param); });

// In a chroot the mounts of process 1 lie elsewhere.
bool has_failing_mount(std::string_view exposition) {
  for (const auto line : Lines(exposition)) {
    if (line.starts_with("node_filesystem_device_error{") && line.ends_with("} 1")) return true;
  }
  return false;
}

class LiveAllocation : public testing::TestWithParam<const CollectorInfo*> {};

// A live host may grow a line between two scrapes, and buffers with it; so of several scrapes one
// without an allocation will do.
TEST_P(LiveAllocation, NoneInALaterScrapeOfThisHost) {
  const SystemClock clock;
  const log::Logger logger(clock);
  RealKernel kernel;
  Host host;
  host.kernel = &kernel;
  host.clock = &clock;
  host.logger = &logger;
  const config::Settings settings(collector_options());
  const config::Options options(settings, "collector." + std::string(GetParam()->name) + ".");
  const auto collector = GetParam()->make({host, options});
  ASSERT_TRUE(collector) << collector.error().message;
  metrics::TextEncoder encoder;
  if (const auto done = (*collector)->collect(encoder); !done) {
    GTEST_SKIP() << "not on this host: " << done.error().message;
  }
  if (has_failing_mount(encoder.bytes())) {
    GTEST_SKIP() << "a mount of this host cannot be asked, and an error is a sentence";
  }
  std::uint64_t least = UINT64_MAX;
  for (int scrape = 0; scrape < 5 && least > 0; ++scrape) {
    encoder.clear();
    const AllocationCounter counter;
    const auto done = (*collector)->collect(encoder);
    least = std::min(least, counter.count());
    ASSERT_TRUE(done) << done.error().message;
  }
  EXPECT_EQ(least, 0U);
}

INSTANTIATE_TEST_SUITE_P(Collectors, LiveAllocation,
                         testing::ValuesIn(all_collectors().begin(), all_collectors().end()),
                         [](const auto& param) { return std::string(param.param->name); });

}  // namespace
}  // namespace serverpulse::exporter
