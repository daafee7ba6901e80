// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// thermal_zone: the temperatures by which the kernel governs itself, and how far each means of
// cooling is driven. Source: /sys/class/thermal/{thermal_zone,cooling_device}<N>,
// Documentation/driver-api/thermal/sysfs-api.rst; temperatures in thousandths of a degree Celsius.
// A sensor that is asleep (a Wi-Fi card that is down) answers with an error instead of a value;
// such a zone, or one whose value is no number, is left out while that lasts; node_exporter gives
// the first as 0 degrees, which alerts cannot tell from frost. A cooling device whose state is no
// number is an error. A cur_state of -1 is real: intel_powerclamp when it is idle.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"
#include "exporter/readers/directory.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kTemperature =
    metrics::gauge("node_thermal_zone_temp", "Zone temperature in Celsius", "type", "zone");
constexpr auto kCurrentState =
    metrics::gauge("node_cooling_device_cur_state", "Current throttle state of the cooling device",
                   "name", "type");
constexpr auto kMaximumState =
    metrics::gauge("node_cooling_device_max_state", "Maximum throttle state of the cooling device",
                   "name", "type");

constexpr std::string_view kZonePrefix = "thermal_zone";
constexpr std::string_view kCoolingPrefix = "cooling_device";

// A zone (temp) or a cooling device (cur_state, max_state).
struct Device {
  std::string number;
  std::string type;
  KernelFile type_file;
  std::array<KernelFile, 2> files;
  std::array<std::int64_t, 2> values{};
  bool readable = false;
  bool told = false;  // that it is malformed
};

struct Malformed {
  const KernelFile* file = nullptr;  // null: there is none
  std::string_view text{};           // until the file's next read
};

std::string malformed(const Malformed& bad) {
  return bad.file->path() + ": want a whole number, found " + excerpt(bad.text);
}

// Makes the device readable if all `wanted` values are there and are numbers.
Malformed read_values(Device& device, std::size_t wanted) {
  device.readable = false;
  const auto type = device.type_file.read_trimmed();
  if (!type) return {};
  device.type.assign(*type);
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto text = device.files[i].read_trimmed();
    if (!text) return {};
    const auto value = parse_number<std::int64_t>(*text);
    if (!value) return {&device.files[i], *text};
    device.values[i] = *value;
  }
  device.readable = true;
  return {};
}

class ThermalZone final : public Collector {
 public:
  explicit ThermalZone(const Host& host)
      : logger_(host.logger),
        zone_names_(host.sys + "/class/thermal"),
        cooling_names_(host.sys + "/class/thermal") {}

  Status collect(metrics::Sink& out) override {
    if (const auto done = follow(zone_names_, kZonePrefix, "temp", "temp", zones_); !done)
      return done;
    const auto done = follow(cooling_names_, kCoolingPrefix, "cur_state", "max_state", cooling_);
    if (!done) return done;
    for (auto& zone : zones_) {
      const auto bad = read_values(zone, 1);
      if (bad.file != nullptr && !zone.told && logger_ != nullptr) {
        logger_->warn("a thermal zone is left out; said once until it can be read",
                      {{"collector", "thermal_zone"}, {"err", malformed(bad)}});
      }
      zone.told = bad.file != nullptr;
    }
    for (auto& device : cooling_) {
      const auto bad = read_values(device, 2);
      if (bad.file == nullptr) continue;
      return fail(malformed(bad));
    }
    {
      auto rows = out.rows(kTemperature);
      for (const auto& zone : zones_) {
        if (!zone.readable) continue;
        rows.add({zone.type, zone.number}, static_cast<double>(zone.values[0]) / 1000.0);
      }
    }
    emit_states(out, kCurrentState, 0);
    emit_states(out, kMaximumState, 1);
    return {};
  }

 private:
  // Opens the files of the devices anew when one came or went.
  static Status follow(Directory& names, std::string_view prefix, const char* first,
                       const char* second, std::vector<Device>& devices) {
    const auto changed = names.list(prefix);
    if (!changed && changed.error().kind != Error::Kind::unavailable) return fail(changed);
    if (changed && !*changed) return {};
    devices.clear();
    if (!changed) return {};  // a kernel without the subsystem: no devices
    for (const auto& name : names.names()) {
      const auto folder = names.path() + "/" + name + "/";
      const auto file = [&](const char* attribute) {
        return KernelFile(folder + attribute, KernelFile::Shape::whole, 128);
      };
      devices.push_back({name.substr(prefix.size()),
                         {},
                         file("type"),
                         {file(first), file(second)},
                         {},
                         false,
                         false});
    }
    return {};
  }

  void emit_states(metrics::Sink& out, const metrics::Metric<2>& metric, std::size_t value) const {
    auto rows = out.rows(metric);
    for (const auto& device : cooling_) {
      if (!device.readable) continue;
      rows.add({device.number, device.type}, static_cast<double>(device.values[value]));
    }
  }

  const log::Logger* logger_;
  Directory zone_names_;
  Directory cooling_names_;
  std::vector<Device> zones_;
  std::vector<Device> cooling_;
};

}  // namespace

extern constinit const CollectorInfo thermal_zone{
    "thermal_zone", "Temperatures of thermal zones and states of cooling devices.", true,
    make<ThermalZone>};

}  // namespace serverpulse::exporter::collectors
