// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// vmstat: events and states of virtual memory: paging, faults, reclaim, compaction. Source:
// /proc/vmstat, proc_vmstat(5). Counters and levels stand there side by side without a sign of
// which is which, so every family is untyped. pgpgin and pgpgout are KiB, not pages; pswpin and
// pswpout are pages. A kernel prints some 180 names and drops or adds some each release; an
// expression chooses, by default what tells of trouble: swapping, faults and the OOM killer.
#include "base/fields.h"
#include "base/kernel_file.h"
#include "base/pattern.h"
#include "exporter/collector.h"
#include "exporter/readers/named_rows.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr config::Option kOptions[] = {
    {"fields", config::Kind::pattern, "^(oom_kill|pgpg|pswp|pg.*fault).*",
     "Regular expression of the fields of /proc/vmstat to give."},
};

class Vmstat final : public Collector {
 public:
  static Result<std::unique_ptr<Collector>> create(const Context& context) {
    auto fields = Pattern::compile(context.options.text("fields"));
    if (!fields) return fail(fields);
    return std::unique_ptr<Collector>(std::make_unique<Vmstat>(context.host, std::move(*fields)));
  }

  Vmstat(const Host& host, Pattern fields)
      : file_(host.proc + "/vmstat", KernelFile::Shape::records), fields_(std::move(fields)) {}

  Status collect(metrics::Sink& out) override {
    const auto text = file_.read();
    if (!text) return fail(text);
    rows_.start();
    for (const auto line : Lines(*text)) {
      Fields fields(line);
      const auto name = fields.word();
      const auto value = fields.next<std::uint64_t>();
      if (!fields.ok() || !rows_.add(name, static_cast<double>(value),
                                     [this](std::string_view n) { return family_of(n); })) {
        return fail(file_.path() + ": want a name and a number, found " + excerpt(line));
      }
    }
    if (text->empty()) return fail(file_.path() + ": want lines, found an empty file");
    rows_.emit(out);
    return {};
  }

 private:
  [[nodiscard]] std::optional<metrics::NamedFamily> family_of(std::string_view name) const {
    if (!fields_.found_in(name)) return std::nullopt;
    std::string full = "node_vmstat_";
    append_metric_name(full, name);
    return metrics::NamedFamily(metrics::Type::unknown, full,
                                "/proc/vmstat information field " + std::string(name) + ".");
  }

  KernelFile file_;
  Pattern fields_;
  NamedRows rows_;
};

}  // namespace

extern constinit const CollectorInfo vmstat{"vmstat", "Virtual memory statistics.", true,
                                            make<Vmstat>, kOptions};

}  // namespace serverpulse::exporter::collectors
