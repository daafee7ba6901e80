// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// softnet: what each CPU did with received packets in its soft interrupt: taken in, dropped as the
// backlog was full, and left for the next round as the budget (net.core.netdev_budget) was used
// up. Source: /proc/net/softnet_stat, written by net/core/net-procfs.c; hexadecimal, 32 bits each,
// no header. The columns grew: 9 at first, received_rps in 2.6.36, flow_limit_count in 3.11,
// backlog length and the CPU's number in 5.14. Before that the CPU's number is not told; lines
// are those of the online CPUs, so counting lines misnames them once a CPU is offline, as in
// node_exporter. The counters wrap at 2^32.
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kProcessed =
    metrics::counter("node_softnet_processed_total", "Number of processed packets", "cpu");
constexpr auto kDropped =
    metrics::counter("node_softnet_dropped_total", "Number of dropped packets", "cpu");
constexpr auto kSqueezed =
    metrics::counter("node_softnet_times_squeezed_total",
                     "Number of times processing packets ran out of quota", "cpu");
constexpr auto kCollision = metrics::counter(
    "node_softnet_cpu_collision_total",
    "Number of collision occur while obtaining device lock while transmitting", "cpu");
constexpr auto kReceivedRps = metrics::counter("node_softnet_received_rps_total",
                                               "Number of times cpu woken up received_rps", "cpu");
constexpr auto kFlowLimit = metrics::counter("node_softnet_flow_limit_count_total",
                                             "Number of times flow limit has been reached", "cpu");
constexpr auto kBacklog =
    metrics::gauge("node_softnet_backlog_len", "Softnet backlog status", "cpu");

struct Column {
  metrics::Metric<1> metric;
  std::size_t index;  // in the line
};
constexpr std::array<Column, 7> kColumns{{{kProcessed, 0},
                                          {kDropped, 1},
                                          {kSqueezed, 2},
                                          {kCollision, 8},
                                          {kReceivedRps, 9},
                                          {kFlowLimit, 10},
                                          {kBacklog, 11}}};
constexpr std::size_t kCpuColumn = 12;
constexpr std::size_t kLeast = 9;
constexpr std::size_t kMost = 13;

struct Row {
  std::string cpu;
  std::array<std::uint32_t, kMost> columns{};
};

class Softnet final : public Collector {
 public:
  explicit Softnet(const Host& host)
      : file_(host.proc + "/net/softnet_stat", KernelFile::Shape::records) {}

  Status collect(metrics::Sink& out) override {
    const auto text = file_.read();
    if (!text) return fail(text);
    count_ = 0;
    for (const auto line : Lines(*text)) {
      if (!parse(line)) {
        return fail(file_.path() + ": want nine or more numbers of 32 bits in hexadecimal, found " +
                    excerpt(line));
      }
    }
    if (count_ == 0) return fail(file_.path() + ": want a line per CPU, found an empty file");
    for (const auto& column : kColumns) {
      auto rows = out.rows(column.metric);
      for (std::size_t i = 0; i < count_; ++i) {
        rows.add({rows_[i].cpu}, rows_[i].columns[column.index]);
      }
    }
    return {};
  }

 private:
  bool parse(std::string_view line) {
    if (count_ == rows_.size()) rows_.emplace_back();
    auto& row = rows_[count_];
    row.columns.fill(0);
    Fields fields(line);
    std::size_t width = 0;
    while (width < kMost && fields.more()) {
      row.columns[width++] = fields.next<std::uint32_t>(16);
      if (!fields.ok()) return false;
    }
    if (width < kLeast) return false;
    if (width < kMost) row.columns[kBacklogColumn] = 0;
    const auto cpu = width == kMost ? row.columns[kCpuColumn] : count_;
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), cpu).ptr;
    row.cpu.assign(digits.data(), end);
    ++count_;
    return true;
  }

  static constexpr std::size_t kBacklogColumn = 11;  // means nothing without the 13th column
  KernelFile file_;
  std::vector<Row> rows_;  // never shrinks, so that a scrape allocates nothing
  std::size_t count_ = 0;
};

}  // namespace

extern constinit const CollectorInfo softnet{
    "softnet", "Packets handled, dropped and put off by the receive soft interrupt per CPU.", true,
    make<Softnet>};

}  // namespace serverpulse::exporter::collectors
