// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// stat: what the kernel counts for the machine as a whole since boot: interrupts, context
// switches, forks, tasks that run or wait for a disk, and the moment of boot.
// Source: /proc/stat, proc_stat(5), Documentation/filesystems/proc.rst section 1.7.
// The line "intr" holds thousands of numbers, of which only the first, their sum, is wanted.
// "btime" is computed from the wall clock, so it moves when the clock is set.
// A kernel (or a container's imitation of /proc) may lack a line: then that family is left out.
#include <array>
#include <bitset>
#include <cstdint>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kInterrupts =
    metrics::counter("node_intr_total", "Total number of interrupts serviced.");
constexpr auto kSwitches =
    metrics::counter("node_context_switches_total", "Total number of context switches.");
constexpr auto kForks = metrics::counter("node_forks_total", "Total number of forks.");
constexpr auto kBootTime = metrics::gauge("node_boot_time_seconds", "Node boot time, in unixtime.");
constexpr auto kRunning =
    metrics::gauge("node_procs_running", "Number of processes in runnable state.");
constexpr auto kBlocked = metrics::gauge(
    "node_procs_blocked", "Number of processes blocked waiting for I/O to complete.");
constexpr auto kSoftirqs =
    metrics::counter("node_softirqs_total", "Number of softirq calls.", "vector");

struct Line {
  std::string_view key;
  metrics::Metric<0> metric;
};
constexpr std::array<Line, 6> kLines{{{"intr", kInterrupts},
                                      {"ctxt", kSwitches},
                                      {"processes", kForks},
                                      {"btime", kBootTime},
                                      {"procs_running", kRunning},
                                      {"procs_blocked", kBlocked}}};

// In the order of the kernel's enum in include/linux/interrupt.h.
constexpr std::array<std::string_view, 10> kVectors{"hi",      "timer",        "net_tx",  "net_rx",
                                                    "block",   "block_iopoll", "tasklet", "sched",
                                                    "hrtimer", "rcu"};

class Stat final : public Collector {
 public:
  explicit Stat(const Context& context)
      : file_(context.host.proc + "/stat", KernelFile::Shape::whole, 8192),
        softirq_(context.options.boolean("softirq")) {}

  Status collect(metrics::Sink& out) override {
    const auto text = file_.read();
    if (!text) return fail(text);
    if (const auto parsed = parse(*text); !parsed) return parsed;
    for (std::size_t i = 0; i < kLines.size(); ++i) {
      if (present_[i]) out.add(kLines[i].metric, static_cast<double>(values_[i]));
    }
    if (softirqs_present_) {
      auto rows = out.rows(kSoftirqs);
      for (std::size_t i = 0; i < kVectors.size(); ++i) {
        rows.add({kVectors[i]}, static_cast<double>(softirqs_[i]));
      }
    }
    return {};
  }

 private:
  Status parse(std::string_view text) {
    present_.reset();
    softirqs_present_ = false;
    for (const auto line : Lines(text)) {
      if (line.starts_with("cpu")) continue;
      Fields fields(line);
      const auto key = fields.word();
      if (softirq_ && key == "softirq") {
        if (const auto parsed = parse_softirq(fields, line); !parsed) return parsed;
      }
      for (std::size_t i = 0; i < kLines.size(); ++i) {
        if (key != kLines[i].key) continue;
        values_[i] = fields.next<std::uint64_t>();
        if (!fields.ok()) {
          return fail(file_.path() + ": want a number after " + std::string(key) + ", found " +
                      excerpt(line));
        }
        present_.set(i);
      }
    }
    if (present_.none()) {
      return fail(file_.path() + ": want lines such as \"btime 1700000000\", found " +
                  excerpt(text));
    }
    return {};
  }

  Status parse_softirq(Fields& fields, std::string_view line) {
    fields.skip(1);  // their sum
    for (auto& value : softirqs_) value = fields.next<std::uint64_t>();
    if (!fields.ok()) {
      return fail(file_.path() + ": want eleven numbers after softirq, found " + excerpt(line));
    }
    softirqs_present_ = true;
    return {};
  }

  KernelFile file_;
  bool softirq_;
  std::array<std::uint64_t, kLines.size()> values_{};
  std::bitset<kLines.size()> present_;
  std::array<std::uint64_t, kVectors.size()> softirqs_{};
  bool softirqs_present_ = false;
};

constexpr config::Option kOptions[] = {
    {"softirq", config::Kind::boolean, "false", "Export softirq calls per vector."}};

}  // namespace

extern constinit const CollectorInfo stat{
    "stat", "Counters of the whole machine from /proc/stat: interrupts, forks, boot time.", true,
    make<Stat>, kOptions};

}  // namespace serverpulse::exporter::collectors
