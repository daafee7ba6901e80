// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "tests/exporter/kernel_world.h"

#include <rapidcheck.h>

#include <cstdlib>

#include "tests/exporter/kernel_world_parts.h"

namespace serverpulse::exporter {
namespace drawn {

// Small ones, large ones, and those at which a conversion would break.
Number number(Number most) {
  const auto drawn = *rc::gen::weightedOneOf<Number>(
      {{4, rc::gen::inRange<Number>(0, 1000)},
       {4, rc::gen::inRange<Number>(0, Number{1} << 50U)},
       {1, rc::gen::element<Number>(0, UINT32_MAX, Number{1} << 53U, INT64_MAX, UINT64_MAX)}});
  return most == UINT64_MAX ? drawn : drawn % (most + 1);
}

bool coin() {
  return *rc::gen::arbitrary<bool>();
}

// "12.34": what the kernel prints of a fixed-point number, and what it reads back as.
std::string hundredths(double& value) {
  const auto drawn = number(10'000'000);
  const auto fraction = drawn % 100;
  auto text = str(drawn / 100) + (fraction < 10 ? ".0" : ".") + str(fraction);
  value = std::strtod(text.c_str(), nullptr);
  return text;
}

std::vector<std::string> some_of(std::vector<std::string> names) {
  std::vector<std::string> some;
  for (auto& name : names) {
    if (coin()) some.push_back(std::move(name));
  }
  return some;
}

}  // namespace drawn

namespace {

using namespace drawn;

void loadavg(KernelWorld& world) {
  auto& samples = world.collectors["loadavg"].samples;
  std::string text;
  for (const auto* name : {"node_load1", "node_load5", "node_load15"}) {
    text += hundredths(samples[name]) + " ";
  }
  world.files["proc/loadavg"] = text + "1/" + str(number(4000)) + " " + str(number(65535)) + "\n";
}

void meminfo(KernelWorld& world) {
  auto& samples = world.collectors["meminfo"].samples;
  std::string text;
  for (const auto& name : some_of({"MemFree", "MemAvailable", "Buffers", "Cached", "Active(anon)",
                                   "Inactive(file)", "Committed_AS", "DirectMap4k"})) {
    const auto kib = number(UINT64_MAX / 2048);
    text += name + ":  " + str(kib) + " kB\n";
    auto field = name;
    if (const auto at = field.find('('); at != std::string::npos) {
      field[at] = '_';
      field.pop_back();
    }
    samples["node_memory_" + field + "_bytes"] = real(kib * 1024);
  }
  const auto pages = number();
  text += "HugePages_Total:   " + str(pages) + "\n";
  samples["node_memory_HugePages_Total"] = real(pages);
  world.files["proc/meminfo"] = text;
}

void vmstat(KernelWorld& world) {
  auto& samples = world.collectors["vmstat"].samples;
  std::string text = "nr_free_pages " + str(number()) + "\n";
  for (const auto& name : some_of({"pgpgin", "pgpgout", "pswpin", "pgfault", "pgmajfault"})) {
    const auto value = number();
    text += name + " " + str(value) + "\nnuma_" + name + " 1\n";
    samples["node_vmstat_" + name] = real(value);
  }
  world.files["proc/vmstat"] = text;
}

void stat(KernelWorld& world) {
  auto& samples = world.collectors["stat"].samples;
  std::string text = "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
  const auto line = [&](std::string_view key, const char* family, const char* rest) {
    const auto value = number();
    text += std::string(key) + " " + str(value) + rest + "\n";
    samples[family] = real(value);
  };
  line("intr", "node_intr_total", " 5 0 12");
  line("ctxt", "node_context_switches_total", "");
  line("btime", "node_boot_time_seconds", "");
  line("processes", "node_forks_total", "");
  line("procs_running", "node_procs_running", "");
  line("procs_blocked", "node_procs_blocked", "");
  world.files["proc/stat"] = text + "softirq 3 0 1 2 0 0 0 0 0 0 0\n";
}

void filefd(KernelWorld& world) {
  const auto allocated = number();
  const auto maximum = number();
  world.files["proc/sys/fs/file-nr"] = str(allocated) + "\t0\t" + str(maximum) + "\n";
  world.collectors["filefd"].samples = {{"node_filefd_allocated", real(allocated)},
                                        {"node_filefd_maximum", real(maximum)}};
}

void pressure(KernelWorld& world) {
  auto& samples = world.collectors["pressure"].samples;
  const auto line = [&](const std::string& kind, const std::string& family) {
    const auto microseconds = number();
    double ignored = 0;
    samples["node_pressure_" + family + "_seconds_total"] = real(microseconds) / 1000.0 / 1000.0;
    return kind + " avg10=" + hundredths(ignored) +
           " avg60=0.00 avg300=0.00 total=" + str(microseconds) + "\n";
  };
  world.files["proc/pressure/cpu"] = line("some", "cpu_waiting");
  for (const std::string name : {"io", "memory"}) {
    world.files["proc/pressure/" + name] =
        line("some", name + "_waiting") + line("full", name + "_stalled");
  }
  if (world.complete) world.files["proc/pressure/irq"] = line("full", "irq_stalled");
}

void time(KernelWorld& world) {
  auto& expected = world.collectors["time"];
  expected.may_also = {"node_time_seconds", "node_time_zone_offset_seconds"};
  const std::string folder = "sys/devices/system/clocksource/clocksource0/";
  auto names = some_of({"kvm-clock", "hpet", "acpi_pm"});
  names.emplace_back("tsc");
  std::string text;
  for (const auto& name : names) {
    text += name + " ";
    expected.samples[series("node_time_clocksource_available_info",
                            {{"clocksource", name}, {"device", "0"}})] = 1;
  }
  world.files[folder + "available_clocksource"] = text + "\n";
  world.files[folder + "current_clocksource"] = names.front() + "\n";
  expected.samples[series("node_time_clocksource_current_info",
                          {{"clocksource", names.front()}, {"device", "0"}})] = 1;
}

void timex_answer(KernelWorld& world) {
  auto& expected = world.collectors["timex"];
  auto& clock = world.clock;
  const auto any = [](Number most) {
    const auto drawn = static_cast<long>(number(most));
    return coin() ? drawn : -drawn;
  };
  clock.offset = any(500'000'000);
  clock.freq = any(32'768'000);  // the kernel's bound: 500 parts per million
  clock.tai = static_cast<int>(number(100));
  clock.jitcnt = static_cast<long>(number(INT32_MAX));
  clock.status = coin() ? STA_NANO : 0;
  world.clock_state = coin() ? TIME_ERROR : TIME_OK;
  expected.samples = {
      {"node_timex_offset_seconds",
       static_cast<double>(clock.offset) / (clock.status != 0 ? 1e9 : 1e6)},
      {"node_timex_frequency_adjustment_ratio", 1 + static_cast<double>(clock.freq) / 65536e6},
      {"node_timex_tai_offset_seconds", clock.tai},
      {"node_timex_pps_jitter_total", static_cast<double>(clock.jitcnt)},
      {"node_timex_status", clock.status},
      {"node_timex_sync_status", world.clock_state == TIME_ERROR ? 0 : 1},
  };
  for (const auto* name :
       {"maxerror_seconds", "estimated_error_seconds", "loop_time_constant", "tick_seconds",
        "pps_frequency_hertz", "pps_jitter_seconds", "pps_shift_seconds", "pps_stability_hertz",
        "pps_calibration_total", "pps_error_total", "pps_stability_exceeded_total"}) {
    expected.samples[std::string("node_timex_") + name] = 0;
  }
}

}  // namespace

std::string series(std::string_view name, const std::map<std::string, std::string>& labels) {
  std::string out(name);
  for (const auto& [label, value] : labels) {
    out += out.size() == name.size() ? '{' : ',';
    out += label + "=\"" + value + "\"";
  }
  if (!labels.empty()) out += '}';
  return out;
}

KernelWorld any_world(bool complete) {
  KernelWorld world;
  world.complete = complete;
  for (auto* const draw : {loadavg, meminfo, vmstat, stat, filefd, pressure, diskstats, netdev,
                           softnet, sockstat, netstat, time, timex_answer}) {
    draw(world);
  }
  return world;
}

}  // namespace serverpulse::exporter
