// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Whatever valid files a kernel prints, a collector gives every value in them, and no others:
// finite, counters not negative, ratios in range, each family once and well-formed. Each case
// scrapes two kernels after another with the same collectors, as devices come and go.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>

#include "base/fd.h"
#include "exporter/collector.h"
#include "metrics/recording.h"
#include "tests/exporter/kernel_world.h"

namespace serverpulse::exporter {
namespace {

namespace fs = std::filesystem;

// Answers adjtimex(2) from the world; the rest is not asked for here.
class WorldKernel final : public Kernel {
 public:
  void become(const KernelWorld& world) {
    clock_ = world.clock;
    state_ = world.clock_state;
  }
  Result<timex> adjtimex(int& state) override {
    state = state_;
    return clock_;
  }
  Result<utsname> uname() override { return fail_errno("uname", ENOSYS); }
  Result<struct statfs> statfs(const std::string& path) override {
    return fail_errno(path, ENOSYS);
  }
  Status route_dump(std::uint16_t, unsigned char, std::string&) override {
    return fail_errno("netlink", ENOSYS);
  }

 private:
  timex clock_{};
  int state_ = 0;
};

// Not by truncating it to nothing, after which ext4 waits for the disk.
void overwrite(const std::string& path, const std::string& content) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const auto size = static_cast<ssize_t>(content.size());
  const bool done = ::pwrite(fd.get(), content.data(), content.size(), 0) == size &&
                    ::ftruncate(fd.get(), size) == 0;
  RC_ASSERT(done);
}

class HostOfFiles {
 public:
  HostOfFiles() : logger_(clock_, -1) {
    std::string name = (fs::temp_directory_path() / "kernel_world.XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    host_ = {root_ + "/proc", root_ + "/sys", root_ + "/root", root_ + "/udev",
             &kernel_,        &clock_,        &logger_};
  }
  ~HostOfFiles() { fs::remove_all(root_); }
  HostOfFiles(const HostOfFiles&) = delete;
  HostOfFiles& operator=(const HostOfFiles&) = delete;

  // Writes in place, as a kernel file keeps its inode.
  void become(const KernelWorld& world) {
    kernel_.become(world);
    for (const auto& [path, content] : world.files) {
      const fs::path full = root_ + "/" + path;
      fs::create_directories(full.parent_path());
      overwrite(full, content);
    }
  }
  [[nodiscard]] const Host& host() const { return host_; }

 private:
  std::string root_;
  ManualClock clock_;
  log::Logger logger_;
  WorldKernel kernel_;
  Host host_;
};

config::Settings settings() {
  config::Settings settings(collector_options());
  if (settings.has("collector.netdev.netlink")) {  // so that netdev reads /proc/net/dev
    config::Settings::Value value;
    value.kind = config::Kind::boolean;
    value.origin = config::Origin::flag;
    settings.set("collector.netdev.netlink", value);
  }
  return settings;
}

// Nothing wrong: an empty string.
std::string fault_of(const metrics::StoredFamily& family, const std::string& name, double value) {
  if (!std::isfinite(value)) return name + " is not finite";
  if (family.type == metrics::Type::counter && value < 0) return name + " is a negative counter";
  if (family.name.ends_with("_ratio") && (value < 0 || value > 2)) return name + " is out of range";
  if (family.name.ends_with("_info") && value != 1) return name + " is not 1";
  return {};
}

bool nearly(double a, double b) {
  return std::abs(a - b) <= 1e-12 * std::max(std::abs(b), 1e-9);
}

// Holds what a collector gave against what it had to give.
void check(const metrics::RecordingSink& sink, const KernelWorld::Expected& expected) {
  RC_ASSERT(sink.misuses().empty());
  std::set<std::string> families;
  std::map<std::string, double> given;
  for (const auto& [family, labels] : sink.families()) {
    RC_ASSERT(families.insert(family.name).second);
    RC_ASSERT(metrics::is_metric_name(family.name));
    RC_ASSERT(!family.samples.empty());
    RC_ASSERT(family.help && !family.help->empty());
    for (const auto& sample : family.samples) {
      std::map<std::string, std::string> pairs;
      for (const auto& label : sample.labels) pairs[label.name] = label.value;
      const auto name = series(family.name, pairs);
      RC_ASSERT(fault_of(family, name, sample.value) == "");
      if (expected.may_also.count(family.name) == 0) {
        RC_ASSERT(given.emplace(name, sample.value).second);
      }
    }
  }
  for (const auto& [name, value] : expected.samples) {
    if (given.count(name) == 0) RC_FAIL(name + " is missing");
    if (!nearly(given[name], value)) {
      RC_FAIL(name + " is " + std::to_string(given[name]) + ", not " + std::to_string(value));
    }
    given.erase(name);
  }
  if (!given.empty()) RC_FAIL(given.begin()->first + " was not in any file");
}

const CollectorInfo* find(std::string_view name) {
  const auto all = all_collectors();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto* info) { return info->name == name; });
  return found == all.end() ? nullptr : *found;
}

RC_GTEST_PROP(Property, Property1_CollectedMetricsCompleteAndInRange, ()) {
  static const auto kSettings = settings();
  HostOfFiles files;
  std::map<std::string, std::unique_ptr<Collector>, std::less<>> collectors;
  const bool complete = *rc::gen::arbitrary<bool>();
  for (int round = 0; round < 2; ++round) {
    const auto world = any_world(complete);
    files.become(world);
    for (const auto& [name, expected] : world.collectors) {
      const auto* info = find(name);
      RC_ASSERT(info != nullptr);
      auto& collector = collectors[name];
      if (collector == nullptr) {
        const config::Options options(kSettings, "collector." + name + ".");
        auto made = info->make({files.host(), options});
        RC_ASSERT(made.has_value());
        collector = std::move(*made);
      }
      metrics::RecordingSink sink;
      if (const auto done = collector->collect(sink); !done) RC_FAIL(done.error().message);
      check(sink, expected);
    }
  }
}

}  // namespace
}  // namespace serverpulse::exporter
