// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// time: the system's time as this host believes it, its time zone, and the hardware counters that
// the kernel can take the time from. Compare node_time_seconds with the scrape's own timestamp to
// find clocks that are wrong. The zone is that of the exporter's process (TZ, else /etc/localtime)
// as it was when the program started; its offset follows summer time.
// Source: the clock; /sys/devices/system/clocksource/clocksource*/, kernel document
// ABI/testing/sysfs-devices-system-clocksource. `device` counts the folders in order of their
// names.
#include <dirent.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "base/fields.h"
#include "exporter/collector.h"
#include "exporter/readers/optional_file.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kNow =
    metrics::gauge("node_time_seconds", "System time in seconds since epoch (1970).");
constexpr auto kZone = metrics::gauge("node_time_zone_offset_seconds",
                                      "System time zone offset in seconds.", "time_zone");
constexpr auto kAvailable = metrics::gauge(
    "node_time_clocksource_available_info",
    "Available clocksources read from '/sys/devices/system/clocksource'.", "clocksource", "device");
constexpr auto kCurrent = metrics::gauge(
    "node_time_clocksource_current_info",
    "Current clocksource read from '/sys/devices/system/clocksource'.", "clocksource", "device");

constexpr std::size_t kMostDevices = 64;  // Linux has one

struct Source {
  Source(const std::string& folder, std::size_t index)
      : device(std::to_string(index)),
        available_file(folder + "/available_clocksource", KernelFile::Shape::whole, 256),
        current_file(folder + "/current_clocksource", KernelFile::Shape::whole, 128) {}
  std::string device;
  OptionalFile available_file;
  OptionalFile current_file;
  std::string_view available;
  std::string_view current;
  bool readable = false;
  bool told = false;  // that it is not
};

std::vector<Source> find_sources(const std::string& folder) {
  constexpr std::string_view kPrefix = "clocksource";
  std::vector<std::string> names;
  if (DIR* const dir = ::opendir(folder.c_str()); dir != nullptr) {
    while (const dirent* const entry = ::readdir(dir)) {
      const std::string_view name = entry->d_name;
      if (name.size() > kPrefix.size() && name.starts_with(kPrefix) &&
          name[kPrefix.size()] >= '0' && name[kPrefix.size()] <= '9') {
        names.emplace_back(name);
      }
    }
    ::closedir(dir);
  }
  std::sort(names.begin(), names.end());
  std::vector<Source> sources;
  for (std::size_t i = 0; i < std::min(names.size(), kMostDevices); ++i) {
    sources.emplace_back(folder + "/" + names[i], i);
  }
  return sources;
}

class Time final : public Collector {
 public:
  explicit Time(const Host& host)
      : clock_(host.clock),
        logger_(host.logger),
        sources_(find_sources(host.sys + "/devices/system/clocksource")) {}

  Status collect(metrics::Sink& out) override {
    for (auto& source : sources_) follow(source);
    const auto now = clock_->wall().count();
    const auto seconds = static_cast<std::time_t>(now / 1'000'000'000);
    std::tm local{};
    if (::localtime_r(&seconds, &local) == nullptr) {
      return fail("time zone: want a year that fits, found " + std::to_string(seconds) + " s");
    }
    out.add(kNow, static_cast<double>(now) / 1e9);
    {
      auto rows = out.rows(kZone);
      rows.add({local.tm_zone}, static_cast<double>(local.tm_gmtoff));
    }
    emit_sources(out);
    return {};
  }

 private:
  // The time is worth more than its source: one that cannot be read is left out.
  void follow(Source& source) const {
    source.readable = read(source);
    if (!source.readable && !source.told && logger_ != nullptr) {
      logger_->warn("a clock source cannot be read; said once until it can",
                    {{"collector", "time"},
                     {"files", source.available_file.path() + ", " + source.current_file.path()}});
    }
    source.told = !source.readable;
  }

  static bool read(Source& source) {
    const auto available = source.available_file.read();
    const auto current = source.current_file.read();
    if (!available || !*available || !current || !*current) return false;
    source.available = **available;
    source.current = trim(**current);
    return true;
  }

  void emit_sources(metrics::Sink& out) {
    {
      auto rows = out.rows(kAvailable);
      for (const auto& source : sources_) {
        if (!source.readable) continue;
        for (Fields names(source.available); names.more();) {
          rows.add({names.word(), source.device}, 1);
        }
      }
    }
    auto rows = out.rows(kCurrent);
    for (const auto& source : sources_) {
      if (source.readable) rows.add({source.current, source.device}, 1);
    }
  }

  const Clock* clock_;
  const log::Logger* logger_;
  std::vector<Source> sources_;
};

}  // namespace

extern constinit const CollectorInfo time{"time", "System time, time zone and clock sources.", true,
                                          make<Time>};

}  // namespace serverpulse::exporter::collectors
