// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/scrape.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <new>
#include <optional>

#include "exporter/name_set.h"
#include "tests/support/allocation_counter.h"

namespace serverpulse::exporter {
namespace {

using namespace std::chrono_literals;

// A gate that fake collectors wait at.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    if (on_pass_) on_pass_();
    if (throws_) throw std::bad_alloc();
    ++waiting_;
    changed_.wait(lock, [&] { return open_; });
    --waiting_;
  }
  void on_pass(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    on_pass_ = std::move(call);
  }
  void throw_at_pass() {
    const std::lock_guard lock(mutex_);
    throws_ = true;
  }
  [[nodiscard]] int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  bool throws_ = false;
  std::function<void()> on_pass_;
  int waiting_ = 0;
};

// The fakes find their gates through Host::root, which nothing else here uses.
Gate& gate_of(const Host& host) {
  Gate* gate = nullptr;
  std::sscanf(host.root.c_str(), "%p", reinterpret_cast<void**>(&gate));
  return *gate;
}

constexpr auto kGood = metrics::gauge("test_good", "Always there.");
constexpr auto kSlow = metrics::gauge("test_slow", "There when the gate is open.");
constexpr auto kLast = metrics::gauge("test_last", "After the slow one.");

class Good final : public Collector {
 public:
  Status collect(metrics::Sink& out) override {
    out.add(kGood, 1);
    return {};
  }
  explicit Good(const Host&) {}
};

class Slow final : public Collector {
 public:
  explicit Slow(const Host& host) : gate_(&gate_of(host)) {}
  Status collect(metrics::Sink& out) override {
    gate_->pass();
    out.add(kSlow, 1);
    return {};
  }

 private:
  Gate* gate_;
};

class Last final : public Collector {
 public:
  explicit Last(const Host&) {}
  Status collect(metrics::Sink& out) override {
    out.add(kLast, 1);
    out.add(kGood, 2);  // given by Good already
    return {};
  }
};

class Broken final : public Collector {
 public:
  explicit Broken(const Host&) {}
  Status collect(metrics::Sink& out) override {
    static_cast<void>(out);
    return fail("it is broken");
  }
};

class Absent final : public Collector {
 public:
  explicit Absent(const Host&) {}
  Status collect(metrics::Sink& out) override {
    static_cast<void>(out);
    return unavailable("no such hardware");
  }
};

constexpr CollectorInfo kGoodInfo{"a_good", "Good.", true, make<Good>};
constexpr CollectorInfo kSlowInfo{"b_slow", "Slow.", true, make<Slow>};
constexpr CollectorInfo kLastInfo{"c_last", "Last.", true, make<Last>};
constexpr CollectorInfo kBrokenInfo{"d_broken", "Broken.", true, make<Broken>};
constexpr CollectorInfo kAbsentInfo{"e_absent", "Absent.", true, make<Absent>};
constexpr CollectorInfo kOffInfo{"f_off", "Off.", false, make<Good>};
constexpr std::array kInfos{&kGoodInfo,   &kSlowInfo,   &kLastInfo,
                            &kBrokenInfo, &kAbsentInfo, &kOffInfo};

constexpr std::array kOptions{
    config::Option{"collector.a_good", config::Kind::boolean, "true", "Good."},
    config::Option{"collector.b_slow", config::Kind::boolean, "true", "Slow."},
    config::Option{"collector.c_last", config::Kind::boolean, "true", "Last."},
    config::Option{"collector.d_broken", config::Kind::boolean, "true", "Broken."},
    config::Option{"collector.e_absent", config::Kind::boolean, "true", "Absent."},
    config::Option{"collector.f_off", config::Kind::boolean, "false", "Off."},
    config::Option{"collector.disable-defaults", config::Kind::boolean, "false", "Only those."}};

class ScraperTest : public testing::Test {
 protected:
  ScraperTest() : settings_(kOptions), logger_(clock_, -1) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%p", static_cast<void*>(&gate_));
    host_.root = text.data();
  }
  ~ScraperTest() override { gate_.open(); }

  std::shared_ptr<CollectorSet> set() {
    return CollectorSet::make(kInfos, host_, settings_).value();
  }

  void start(std::chrono::nanoseconds timeout) {
    scraper_ = std::make_unique<Scraper>(set(), ScraperOptions{timeout, {}, {}}, clock_, logger_);
  }

  std::future<std::string> submit(std::chrono::nanoseconds budget = 0ns) {
    auto promise = std::make_shared<std::promise<std::string>>();
    ScrapeOrder order;
    order.selection.set();
    order.budget = budget;
    order.done = [promise](std::string text, std::span<const CollectorOutcome>) {
      promise->set_value(std::move(text));
    };
    scraper_->submit(std::move(order));
    return promise->get_future();
  }

  std::string scrape() { return submit().get(); }

  SystemClock clock_;
  config::Settings settings_;
  log::Logger logger_;
  Gate gate_;
  Host host_;
  std::unique_ptr<Scraper> scraper_;
};

bool has(const std::string& text, std::string_view line) {
  return text.find(std::string(line) + "\n") != std::string::npos;
}

TEST_F(ScraperTest, GivesEveryEnabledCollectorsFamiliesAndOutcome) {
  start(5s);
  const auto text = scrape();
  EXPECT_TRUE(has(text, "test_good 1"));
  EXPECT_TRUE(has(text, "test_slow 1"));
  EXPECT_TRUE(has(text, "node_scrape_collector_success{collector=\"a_good\"} 1"));
  EXPECT_EQ(text.find("f_off"), std::string::npos);
}

TEST_F(ScraperTest, TellsFailedFromUnavailable) {
  start(5s);
  const auto text = scrape();
  EXPECT_TRUE(has(text, "node_scrape_collector_success{collector=\"d_broken\"} 0"));
  EXPECT_TRUE(has(text, "serverpulse_collector_available{collector=\"d_broken\"} 1"));
  EXPECT_TRUE(has(text, "node_scrape_collector_success{collector=\"e_absent\"} 0"));
  EXPECT_TRUE(has(text, "serverpulse_collector_available{collector=\"e_absent\"} 0"));
}

TEST_F(ScraperTest, LeavesOutAFamilyThatAnotherCollectorGave) {
  start(5s);
  const auto text = scrape();
  EXPECT_TRUE(has(text, "test_last 1"));
  EXPECT_FALSE(has(text, "test_good 2"));
  EXPECT_TRUE(has(text, "serverpulse_scrape_duplicate_families_total 1"));
}

TEST_F(ScraperTest, AStuckCollectorCostsOnlyItsOwnMetrics) {
  start(50ms);
  gate_.close();
  const auto text = scrape();
  EXPECT_TRUE(has(text, "test_good 1"));
  EXPECT_TRUE(has(text, "test_last 1"));
  EXPECT_FALSE(has(text, "test_slow 1"));
  EXPECT_TRUE(has(text, "node_scrape_collector_success{collector=\"b_slow\"} 0"));
  EXPECT_TRUE(has(text, "serverpulse_collector_timeouts_total{collector=\"b_slow\"} 1"));
}

TEST_F(ScraperTest, AStuckCollectorHoldsOneThreadHoweverManyScrapesAndReloads) {
  start(50ms);
  gate_.close();
  scrape();
  for (int i = 0; i < 20; ++i) {
    scrape();
    scraper_->replace(set(), 50ms);
  }
  EXPECT_EQ(scraper_->stuck(), 1U);
  EXPECT_EQ(gate_.waiting(), 1);
  EXPECT_TRUE(has(scrape(), "serverpulse_collector_timeouts_total{collector=\"b_slow\"} 22"));
}

TEST_F(ScraperTest, ACollectorThatComesBackTakesPartAgain) {
  start(50ms);
  gate_.close();
  EXPECT_FALSE(has(scrape(), "test_slow 1"));
  gate_.open();
  std::string text;
  for (int i = 0; i < 500 && !has(text, "test_slow 1"); ++i) {
    std::this_thread::sleep_for(10ms);
    text = scrape();
  }
  EXPECT_TRUE(has(text, "test_slow 1"));
  EXPECT_EQ(scraper_->stuck(), 0U);
}

TEST_F(ScraperTest, AStuckCollectorGetsAtMostHalfOfTheScrapersTime) {
  start(60s);
  gate_.close();
  const auto began = clock_.steady();
  submit(200ms).get();
  EXPECT_LT(clock_.steady() - began, 30s);
}

TEST_F(ScraperTest, StopSaysWhetherAThreadIsStuck) {
  start(50ms);
  EXPECT_TRUE(scraper_->stop(10s));
  start(50ms);
  gate_.close();
  scrape();
  EXPECT_FALSE(scraper_->stop(10s));
  gate_.open();
}

TEST_F(ScraperTest, StopDuringAStuckScrapeEndsWithinItsDeadline) {
  start(100ms);
  gate_.close();
  const auto pending = submit();
  while (gate_.waiting() == 0) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(scraper_->stop(10s));
  gate_.open();
}

TEST_F(ScraperTest, ScrapesInParallelAreServedOneAfterAnother) {
  start(5s);
  std::vector<std::future<std::string>> pending;
  for (int i = 0; i < 50; ++i) pending.push_back(submit());
  for (auto& p : pending) EXPECT_TRUE(has(p.get(), "test_last 1"));
}

TEST_F(ScraperTest, ReplacedCollectorsServeTheNextScrape) {
  start(5s);
  scrape();
  auto value = config::Settings::parse(kOptions[5], "true", config::Origin::flag).value();
  settings_.set("collector.f_off", value);
  scraper_->replace(set(), 5s);
  EXPECT_TRUE(has(scrape(), "node_scrape_collector_success{collector=\"f_off\"} 1"));
}

TEST_F(ScraperTest, AReloadDoesNotChangeWhatAnOrderMeant) {
  start(5s);
  gate_.close();
  const auto first = submit();
  while (gate_.waiting() == 0) std::this_thread::sleep_for(1ms);
  ScrapeOrder order;
  order.collectors = scraper_->collectors();
  order.selection = order.collectors->select(std::vector<std::string>{"c_last"}, {}).value();
  std::promise<std::string> promise;
  order.done = [&](std::string text, std::span<const CollectorOutcome>) {
    promise.set_value(std::move(text));
  };
  scraper_->submit(std::move(order));
  auto off = config::Settings::parse(kOptions[0], "false", config::Origin::flag).value();
  settings_.set("collector.a_good", off);
  scraper_->replace(set(), 5s);
  gate_.open();
  const auto text = promise.get_future().get();
  EXPECT_TRUE(has(text, "node_scrape_collector_success{collector=\"c_last\"} 1"));
  EXPECT_EQ(text.find("d_broken"), std::string::npos);
}

TEST_F(ScraperTest, AStuckCollectorLeavesTimeToTheScrapesInLine) {
  start(60s);
  gate_.close();
  const auto patient = submit();
  while (gate_.waiting() == 0) std::this_thread::sleep_for(1ms);
  const auto began = clock_.steady();
  EXPECT_TRUE(has(submit(200ms).get(), "test_good 1"));
  EXPECT_LT(clock_.steady() - began, 30s);
}

TEST_F(ScraperTest, HurryAnswersWhatWaitsForAStuckCollector) {
  start(60s);
  gate_.close();
  auto pending = submit();
  while (gate_.waiting() == 0) std::this_thread::sleep_for(1ms);
  scraper_->hurry(20ms);
  EXPECT_TRUE(has(pending.get(), "test_last 1"));
}

// From the first collector to the bytes, on the scrape's thread; the buffer comes back to the
// order.
TEST_F(ScraperTest, ASecondScrapeAllocatesNothing) {
  std::optional<testing_support::AllocationCounter> counter;
  std::uint64_t counted = 0;
  gate_.on_pass([&] { counter.emplace(); });
  start(5s);
  std::string buffer;
  for (int i = 0; i < 3; ++i) {
    ScrapeOrder order;
    order.selection.set(1).set(2);
    order.buffer = std::move(buffer);
    std::promise<void> done;
    order.done = [&](std::string text, std::span<const CollectorOutcome>) {
      counted = counter->count();
      buffer = std::move(text);
      done.set_value();
    };
    scraper_->submit(std::move(order));
    done.get_future().get();
  }
  EXPECT_TRUE(has(buffer, "test_last 1"));
  EXPECT_EQ(counted, 0U);
}

TEST_F(ScraperTest, ACollectorThatThrowsHasFailed) {
  start(5s);
  gate_.throw_at_pass();
  const auto text = scrape();
  EXPECT_TRUE(has(text, "node_scrape_collector_success{collector=\"b_slow\"} 0"));
  EXPECT_TRUE(has(text, "test_last 1"));
}

TEST_F(ScraperTest, DisableDefaultsKeepsWhatWasAskedFor) {
  for (const auto at : {std::size_t{6}, std::size_t{0}}) {
    settings_.set(kOptions.at(at).name,
                  config::Settings::parse(kOptions.at(at), "true", config::Origin::flag).value());
  }
  ASSERT_EQ(set()->slots().size(), 1U);
  EXPECT_EQ(set()->slots()[0].info->name, "a_good");
}

TEST_F(ScraperTest, SelectionRefusesBothListsAndUnknownNames) {
  const std::vector<std::string> good{"a_good"};
  const std::vector<std::string> off{"f_off"};
  EXPECT_EQ(set()->select(good, {})->count(), 1U);
  EXPECT_EQ(set()->select({}, good)->count(), 4U);
  EXPECT_EQ(set()->select(good, good).error().message,
            "Combined collect and exclude queries are not allowed.");
  EXPECT_EQ(set()->select(off, {}).error().message, "missing or disabled collector: \"f_off\"");
}

TEST(NameSet, FindsRepetitionsAcrossGrowthAndForgetsOnClear) {
  NameSet names;
  for (std::uint64_t i = 1; i < 5000; ++i) EXPECT_TRUE(names.insert(i * 512));
  for (std::uint64_t i = 1; i < 5000; ++i) EXPECT_FALSE(names.insert(i * 512));
  names.clear();
  EXPECT_TRUE(names.insert(512));
}

}  // namespace
}  // namespace serverpulse::exporter
