// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// cpu: what each CPU spent its time on, and, where there is such a thing, how often it was
// throttled for heat, whether it is online or isolated from the scheduler, and what it is.
// Sources: /proc/stat (proc_stat(5); ticks of USER_HZ, which is 100 for every program),
// /sys/devices/system/cpu and, with --collector.cpu.info, /proc/cpuinfo, which is slow to read:
// x86 interrupts each CPU to ask for its frequency.
// Two surprises. The kernel's idle and iowait can go back by a tick or two (they are computed
// from two clocks without a lock), which a counter must not do: so the highest value seen is
// given, unless idle went back by three seconds or more; then the CPU was unplugged and came back
// from zero. And time in guests is contained in user and nice already, so it is a family of its
// own rather than two more modes, of which the sum would count it twice.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "base/pattern.h"
#include "exporter/collector.h"
#include "exporter/readers/cpu_list.h"
#include "exporter/readers/cpu_topology.h"
#include "exporter/readers/cpuinfo.h"
#include "exporter/readers/optional_file.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kSeconds = metrics::counter("node_cpu_seconds_total",
                                           "Seconds the CPUs spent in each mode.", "cpu", "mode");
constexpr auto kGuestSeconds =
    metrics::counter("node_cpu_guest_seconds_total",
                     "Seconds the CPUs spent in guests (VMs) for each mode.", "cpu", "mode");
constexpr auto kInfo = metrics::gauge("node_cpu_info", "CPU information from /proc/cpuinfo.",
                                      "cachesize", "core", "cpu", "family", "microcode", "model",
                                      "model_name", "package", "stepping", "vendor");
constexpr auto kFrequency =
    metrics::gauge("node_cpu_frequency_hertz", "CPU frequency in hertz from /proc/cpuinfo.", "core",
                   "cpu", "package");
constexpr auto kFlagInfo = metrics::gauge(
    "node_cpu_flag_info",
    "The `flags` field of CPU information from /proc/cpuinfo taken from the first core.", "flag");
constexpr auto kBugInfo = metrics::gauge(
    "node_cpu_bug_info",
    "The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.", "bug");
constexpr auto kCoreThrottles =
    metrics::counter("node_cpu_core_throttles_total",
                     "Number of times this CPU core has been throttled.", "core", "package");
constexpr auto kPackageThrottles =
    metrics::counter("node_cpu_package_throttles_total",
                     "Number of times this CPU package has been throttled.", "package");
constexpr auto kIsolated = metrics::gauge(
    "node_cpu_isolated",
    "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.", "cpu");
constexpr auto kOnline =
    metrics::gauge("node_cpu_online", "CPUs that are online and being scheduled.", "cpu");

constexpr double kTicksPerSecond = 100;
constexpr double kJumpBackSeconds = 3;  // of idle, from which on the CPU is taken for a new one
constexpr std::size_t kModes = 8;
constexpr std::size_t kIdle = 3;
constexpr std::size_t kGuest = 8;
constexpr std::size_t kGuestNice = 9;
constexpr std::size_t kTimes = 10;
constexpr std::array<std::string_view, kModes> kModeNames{
    "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"};  // as in the file

struct Times {
  std::uint32_t id = 0;
  std::string cpu;
  std::array<double, kTimes> seconds{};
  bool seen = false;
};

// The words of a line of /proc/cpuinfo that a user asked for.
class WordFilter {
 public:
  static Result<WordFilter> make(std::string_view option, const std::string& expression) {
    WordFilter filter;
    if (expression.empty()) return filter;
    auto pattern = Pattern::compile(expression);
    if (!pattern)
      return fail("--collector.cpu." + std::string(option) + ": " + pattern.error().message);
    filter.pattern_ = std::move(*pattern);
    return filter;
  }
  [[nodiscard]] bool set() const { return pattern_.has_value(); }
  // Matched anew only when the line differs from the last.
  const std::vector<std::string>& of(const std::string& line) {
    if (!pattern_ || line == line_) return words_;
    line_ = line;
    words_.clear();
    for (Fields fields(line_); fields.more();) {
      const auto word = fields.word();
      if (pattern_->found_in(word)) words_.emplace_back(word);
    }
    std::sort(words_.begin(), words_.end());
    words_.erase(std::unique(words_.begin(), words_.end()), words_.end());
    return words_;
  }

 private:
  std::optional<Pattern> pattern_;
  std::string line_;
  std::vector<std::string> words_;
};

class Cpu final : public Collector {
 public:
  static Result<std::unique_ptr<Collector>> create(const Context& context) {
    auto flags = WordFilter::make("info.flags-include", context.options.text("info.flags-include"));
    if (!flags) return fail(flags);
    auto bugs = WordFilter::make("info.bugs-include", context.options.text("info.bugs-include"));
    if (!bugs) return fail(bugs);
    return std::unique_ptr<Collector>(
        std::make_unique<Cpu>(context, std::move(*flags), std::move(*bugs)));
  }

  Cpu(const Context& context, WordFilter flags, WordFilter bugs)
      : guest_(context.options.boolean("guest")),
        info_(context.options.boolean("info") || flags.set() || bugs.set()),
        logger_(context.host.logger),
        stat_file_(context.host.proc + "/stat", KernelFile::Shape::whole, 8192),
        info_file_(context.host.proc + "/cpuinfo"),
        isolated_file_(context.host.sys + "/devices/system/cpu/isolated", KernelFile::Shape::whole,
                       128),
        topology_(context.host.sys),
        flags_(std::move(flags)),
        bugs_(std::move(bugs)) {}

  Status collect(metrics::Sink& out) override {
    if (info_) {
      const auto text = info_file_.read();
      if (!text) return fail(text);
      if (const auto parsed = table_.parse(*text, info_file_.path()); !parsed) return parsed;
    }
    if (const auto read = read_times(); !read) return read;
    read_isolated();
    if (const auto read = topology_.refresh(); !read) return read;
    emit_times(out);
    if (info_) emit_info(out);
    emit_topology(out);
    return {};
  }

 private:
  Status read_times() {
    const auto text = stat_file_.read();
    if (!text) return fail(text);
    for (auto& row : rows_) row.seen = false;
    std::size_t at = 0;
    for (const auto line : Lines(*text)) {
      if (!line.starts_with("cpu")) break;  // they come first
      Fields fields(line);
      const auto name = fields.word().substr(3);
      if (name.empty()) continue;  // the sum
      const auto id = parse_number<std::uint32_t>(name);
      std::array<double, kTimes> seconds{};
      for (std::size_t i = 0; i < kTimes && fields.more(); ++i) {
        seconds[i] = static_cast<double>(fields.next<std::uint64_t>()) / kTicksPerSecond;
      }
      if (!fields.ok() || !id) {
        return fail(stat_file_.path() + ": want cpu<N> and numbers, found " + excerpt(line));
      }
      advance(row_of(*id, at++), seconds);
    }
    if (at == 0) {
      return fail(stat_file_.path() + ": want lines cpu<N> first, found " + excerpt(*text));
    }
    std::erase_if(rows_, [](const Times& row) { return !row.seen; });
    return {};
  }

  // The row of a CPU, which is at `guess` unless one came or went.
  Times& row_of(std::uint32_t id, std::size_t guess) {
    if (guess < rows_.size() && rows_[guess].id == id) return rows_[guess];
    const auto place =
        std::lower_bound(rows_.begin(), rows_.end(), id,
                         [](const Times& row, std::uint32_t wanted) { return row.id < wanted; });
    if (place != rows_.end() && place->id == id) return *place;
    return *rows_.insert(place, Times{id, std::to_string(id), {}, false});
  }

  static void advance(Times& row, const std::array<double, kTimes>& now) {
    row.seen = true;
    if (row.seconds[kIdle] - now[kIdle] >= kJumpBackSeconds) row.seconds.fill(0);
    for (std::size_t i = 0; i < kTimes; ++i) row.seconds[i] = std::max(row.seconds[i], now[i]);
  }

  // A list that cannot be read or understood costs its own family only.
  void read_isolated() {
    const auto text = isolated_file_.read();
    const auto list = text && *text ? trim(**text) : std::string_view();
    if (list == isolated_text_) return;
    isolated_text_.assign(list);
    isolated_.clear();
    const auto cpus = parse_cpu_list(list, isolated_file_.path());
    if (!cpus) {
      if (logger_ != nullptr) {
        logger_->warn("isolated CPUs are not known",
                      {{"collector", "cpu"}, {"err", cpus.error().message}});
      }
      return;
    }
    for (const auto cpu : *cpus) isolated_.push_back(std::to_string(cpu));
  }

  void emit_times(metrics::Sink& out) const {
    {
      auto rows = out.rows(kSeconds);
      for (const auto& row : rows_) {
        for (std::size_t i = 0; i < kModes; ++i) rows.add({row.cpu, kModeNames[i]}, row.seconds[i]);
      }
    }
    if (!guest_) return;
    auto rows = out.rows(kGuestSeconds);
    for (const auto& row : rows_) {
      rows.add({row.cpu, "user"}, row.seconds[kGuest]);
      rows.add({row.cpu, "nice"}, row.seconds[kGuestNice]);
    }
  }

  void emit_info(metrics::Sink& out) {
    {
      auto rows = out.rows(kInfo);
      for (std::size_t i = 0; i < table_.size(); ++i) {
        const auto& cpu = table_[i];
        rows.add({cpu.cache_size, cpu.core_id, cpu.processor, cpu.family, cpu.microcode, cpu.model,
                  cpu.model_name, cpu.physical_id, cpu.stepping, cpu.vendor},
                 1);
      }
    }
    {
      auto rows = out.rows(kFrequency);
      for (std::size_t i = 0; i < table_.size(); ++i) {
        const auto& cpu = table_[i];
        rows.add({cpu.core_id, cpu.processor, cpu.physical_id}, cpu.mhz * 1e6);
      }
    }
    {
      auto rows = out.rows(kFlagInfo);
      for (const auto& flag : flags_.of(table_.flags())) rows.add({flag}, 1);
    }
    auto rows = out.rows(kBugInfo);
    for (const auto& bug : bugs_.of(table_.bugs())) rows.add({bug}, 1);
  }

  void emit_topology(metrics::Sink& out) const {
    {
      auto rows = out.rows(kIsolated);
      for (const auto& cpu : isolated_) rows.add({cpu}, 1);
    }
    {
      auto rows = out.rows(kPackageThrottles);
      for (const auto& package : topology_.packages()) {
        if (package.known) rows.add({package.package}, static_cast<double>(package.count));
      }
    }
    {
      auto rows = out.rows(kCoreThrottles);
      for (const auto& core : topology_.cores()) {
        if (core.known) rows.add({core.core, core.package}, static_cast<double>(core.count));
      }
    }
    if (!topology_.can_go_offline()) return;
    auto rows = out.rows(kOnline);
    for (const auto& cpu : topology_.cpus()) rows.add({cpu.number}, cpu.online ? 1 : 0);
  }

  bool guest_;
  bool info_;
  const log::Logger* logger_;
  KernelFile stat_file_;
  KernelFile info_file_;
  OptionalFile isolated_file_;  // none before Linux 4.2
  CpuTopology topology_;
  CpuInfoTable table_;
  WordFilter flags_;
  WordFilter bugs_;
  std::vector<Times> rows_;  // by id
  std::string isolated_text_;
  std::vector<std::string> isolated_;
};

constexpr config::Option kOptions[] = {
    {"guest", config::Kind::boolean, "true", "Enables metric node_cpu_guest_seconds_total."},
    {"info", config::Kind::boolean, "false", "Enables metric node_cpu_info."},
    {"info.flags-include", config::Kind::pattern, "",
     "Regexp of the words of the flags field of /proc/cpuinfo to give; turns on info."},
    {"info.bugs-include", config::Kind::pattern, "",
     "Regexp of the words of the bugs field of /proc/cpuinfo to give; turns on info."}};

}  // namespace

extern constinit const CollectorInfo cpu{
    "cpu", "Time per CPU and mode, thermal throttling, CPUs online and isolated, CPU models.", true,
    make<Cpu>, kOptions};

}  // namespace serverpulse::exporter::collectors
