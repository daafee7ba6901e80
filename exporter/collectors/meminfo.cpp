// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// meminfo: how the kernel uses the machine's memory. Source: /proc/meminfo, proc_meminfo(5). What
// it says in kB is KiB, and becomes bytes; "Active(anon)" becomes Active_anon. Lines without a
// unit (HugePages_Total and its like) are counts of pages and are left as they are.
// Free memory is seldom what one wants to know: MemAvailable is what programs could still get.
// The fields differ from kernel to kernel, so families are named at run time and whatever a newer
// kernel prints is passed on: all that node_exporter gives, and KReclaimable, Hugetlb,
// SecPageTables and others that its newest versions leave out.
#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"
#include "exporter/readers/named_rows.h"

namespace serverpulse::exporter::collectors {
namespace {

std::optional<metrics::NamedFamily> family_of(std::string_view name, bool bytes) {
  std::string field;
  for (const char c : name) {
    if (c != ')') append_metric_name(field, {&c, 1});
  }
  if (bytes) field += "_bytes";
  return metrics::NamedFamily(metrics::Type::gauge, "node_memory_" + field,
                              "Memory information field " + field + ".");
}

class Meminfo final : public Collector {
 public:
  explicit Meminfo(const Host& host)
      : file_(host.proc + "/meminfo", KernelFile::Shape::whole, 4096) {}

  Status collect(metrics::Sink& out) override {
    const auto text = file_.read();
    if (!text) return fail(text);
    rows_.start();
    for (const auto line : Lines(*text)) {
      if (!take(line)) {
        return fail(file_.path() + ": want a name with a colon, a number and perhaps kB, found " +
                    excerpt(line));
      }
    }
    if (text->empty()) return fail(file_.path() + ": want lines, found an empty file");
    rows_.emit(out);
    return {};
  }

 private:
  bool take(std::string_view line) {
    Fields fields(line);
    auto name = fields.word();
    const auto value = fields.next<std::uint64_t>();
    if (!fields.ok() || name.size() < 2 || name.back() != ':') return false;
    name.remove_suffix(1);
    const bool bytes = fields.more();
    if (bytes && (fields.word() != "kB" || fields.more())) return false;
    return rows_.add(name, static_cast<double>(value) * (bytes ? 1024 : 1),
                     [bytes](std::string_view n) { return family_of(n, bytes); });
  }

  KernelFile file_;
  NamedRows rows_;
};

}  // namespace

extern constinit const CollectorInfo meminfo{"meminfo", "Memory statistics.", true, make<Meminfo>};

}  // namespace serverpulse::exporter::collectors
