// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// pressure: for how long work stood still for want of CPU, memory or I/O ("some": at least one
// task waited; "full": nobody made progress), and for how long interrupts kept the CPU from it.
// Source: /proc/pressure/{cpu,io,memory,irq}, Documentation/accounting/psi.rst; `total` is in
// microseconds. What surprises: for the CPU "full" is always 0 system-wide, so only "some" is
// shown, while irq has "full" alone (Linux 6.1 with CONFIG_IRQ_TIME_ACCOUNTING). A kernel booted
// with psi=0 has the files and answers EOPNOTSUPP to each read.
#include <array>
#include <optional>

#include "base/fields.h"
#include "exporter/collector.h"
#include "exporter/readers/optional_file.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kCpu =
    metrics::counter("node_pressure_cpu_waiting_seconds_total",
                     "Total time in seconds that processes have waited for CPU time");
constexpr auto kIo =
    metrics::counter("node_pressure_io_waiting_seconds_total",
                     "Total time in seconds that processes have waited due to IO congestion");
constexpr auto kIoFull =
    metrics::counter("node_pressure_io_stalled_seconds_total",
                     "Total time in seconds no process could make progress due to IO congestion");
constexpr auto kMemory =
    metrics::counter("node_pressure_memory_waiting_seconds_total",
                     "Total time in seconds that processes have waited for memory");
constexpr auto kMemoryFull = metrics::counter(
    "node_pressure_memory_stalled_seconds_total",
    "Total time in seconds no process could make progress due to memory congestion");
constexpr auto kIrqFull =
    metrics::counter("node_pressure_irq_stalled_seconds_total",
                     "Total time in seconds no process could make progress due to IRQ congestion");

using Metric = metrics::Metric<0>;

// One file: the metric of each of its lines, null where none is shown.
struct Resource {
  Resource(const std::string& path, const Metric* some_metric, const Metric* full_metric)
      : file(path, KernelFile::Shape::whole, 256), some(some_metric), full(full_metric) {}
  OptionalFile file;
  const Metric* some;
  const Metric* full;
  std::optional<double> some_seconds;
  std::optional<double> full_seconds;
};

// The lines of a resource. A kernel without one of them has nothing to say of it.
struct Line {
  std::string_view kind;
  const Metric* Resource::*metric;
  std::optional<double> Resource::*seconds;
};
constexpr std::array kLines{Line{"some", &Resource::some, &Resource::some_seconds},
                            Line{"full", &Resource::full, &Resource::full_seconds}};

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000" as seconds.
std::optional<double> total_seconds(Fields fields) {
  while (fields.more()) {
    const auto word = fields.word();
    if (!word.starts_with("total=")) continue;
    const auto micros = parse_number<std::uint64_t>(word.substr(6));
    if (!micros) return std::nullopt;
    return static_cast<double>(*micros) / 1000.0 / 1000.0;
  }
  return std::nullopt;
}

Status parse(Resource& resource, std::string_view text) {
  for (const auto line : Lines(text)) {
    Fields fields(line);
    const auto word = fields.word();
    for (const auto& [kind, metric, seconds] : kLines) {
      if (word != kind || resource.*metric == nullptr) continue;
      resource.*seconds = total_seconds(fields);
      if (resource.*seconds) continue;
      return fail(resource.file.path() + ": want a line " + std::string(kind) +
                  " with total=<microseconds>, found " + excerpt(line));
    }
  }
  for (const auto& [kind, metric, seconds] : kLines) {
    if (resource.*metric == nullptr || resource.*seconds) continue;
    return unavailable(resource.file.path() + ": want a line " + std::string(kind) + ", found " +
                       excerpt(text));
  }
  return {};
}

class Pressure final : public Collector {
 public:
  explicit Pressure(const Host& host)
      : resources_{Resource{host.proc + "/pressure/cpu", &kCpu, nullptr},
                   Resource{host.proc + "/pressure/io", &kIo, &kIoFull},
                   Resource{host.proc + "/pressure/memory", &kMemory, &kMemoryFull},
                   Resource{host.proc + "/pressure/irq", nullptr, &kIrqFull}} {}

  Status collect(metrics::Sink& out) override {
    bool found = false;
    for (auto& resource : resources_) {
      resource.some_seconds.reset();
      resource.full_seconds.reset();
      const auto text = resource.file.read();
      if (!text) return fail(text);
      if (!*text) continue;
      if (auto done = parse(resource, **text); !done) return done;
      found = true;
    }
    if (!found) {
      return unavailable(resources_[0].file.path() +
                         ": no pressure information: it needs Linux 4.20, CONFIG_PSI and no psi=0");
    }
    for (const auto& resource : resources_) {
      if (resource.some != nullptr && resource.some_seconds) {
        out.add(*resource.some, *resource.some_seconds);
      }
      if (resource.full != nullptr && resource.full_seconds) {
        out.add(*resource.full, *resource.full_seconds);
      }
    }
    return {};
  }

 private:
  std::array<Resource, 4> resources_;
};

}  // namespace

extern constinit const CollectorInfo pressure{
    "pressure", "Time lost waiting for CPU, memory, I/O and interrupts.", true, make<Pressure>};

}  // namespace serverpulse::exporter::collectors
