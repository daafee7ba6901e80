// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// schedstat: how long each CPU ran tasks, how long tasks that were ready had to wait for it, and
// how many time slices it gave. The rate of the waiting is the scheduler's own saturation figure,
// finer than the load average. Source: /proc/schedstat, Documentation/scheduler/sched-stats.rst:
// the 7th to 9th number of a line "cpu<N>"; of the units the document once said jiffies, while
// the kernel prints nanoseconds since 2.6.23. The lines "domain<N>" in between are passed over.
// The file is there only with CONFIG_SCHEDSTATS (Debian has it).
#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kRunning = metrics::counter("node_schedstat_running_seconds_total",
                                           "Number of seconds CPU spent running a process.", "cpu");
constexpr auto kWaiting =
    metrics::counter("node_schedstat_waiting_seconds_total",
                     "Number of seconds spent by processing waiting for this CPU.", "cpu");
constexpr auto kTimeslices = metrics::counter("node_schedstat_timeslices_total",
                                              "Number of timeslices executed by CPU.", "cpu");
constexpr double kNanosecondsPerSecond = 1e9;

struct Row {
  std::string cpu;
  std::uint64_t running_ns = 0;
  std::uint64_t waiting_ns = 0;
  std::uint64_t timeslices = 0;
};

class Schedstat final : public Collector {
 public:
  explicit Schedstat(const Host& host) : file_(host.proc + "/schedstat") {}

  Status collect(metrics::Sink& out) override {
    const auto text = file_.read();
    if (!text) return fail(text);
    if (const auto parsed = parse(*text); !parsed) return parsed;
    {
      auto rows = out.rows(kRunning);
      for (std::size_t i = 0; i < count_; ++i) {
        rows.add({rows_[i].cpu}, static_cast<double>(rows_[i].running_ns) / kNanosecondsPerSecond);
      }
    }
    {
      auto rows = out.rows(kWaiting);
      for (std::size_t i = 0; i < count_; ++i) {
        rows.add({rows_[i].cpu}, static_cast<double>(rows_[i].waiting_ns) / kNanosecondsPerSecond);
      }
    }
    auto rows = out.rows(kTimeslices);
    for (std::size_t i = 0; i < count_; ++i) {
      rows.add({rows_[i].cpu}, static_cast<double>(rows_[i].timeslices));
    }
    return {};
  }

 private:
  Status parse(std::string_view text) {
    count_ = 0;
    for (const auto line : Lines(text)) {
      if (!line.starts_with("cpu")) continue;
      Fields fields(line);
      const auto number = fields.word().substr(3);
      if (count_ == rows_.size()) rows_.emplace_back();
      auto& row = rows_[count_];
      fields.skip(6);
      row.running_ns = fields.next<std::uint64_t>();
      row.waiting_ns = fields.next<std::uint64_t>();
      row.timeslices = fields.next<std::uint64_t>();
      if (!fields.ok() || !parse_number<std::uint32_t>(number)) {
        return fail(file_.path() + ": want cpu<N> and nine numbers, found " + excerpt(line));
      }
      row.cpu.assign(number);
      ++count_;
    }
    if (count_ == 0) {
      return fail(file_.path() + ": want lines that begin with cpu<N>, found " + excerpt(text));
    }
    return {};
  }

  KernelFile file_;
  std::vector<Row> rows_;  // never shrinks, so that a scrape allocates nothing
  std::size_t count_ = 0;
};

}  // namespace

extern constinit const CollectorInfo schedstat{
    "schedstat", "Run and wait times of the task scheduler per CPU.", true, make<Schedstat>};

}  // namespace serverpulse::exporter::collectors
