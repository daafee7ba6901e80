// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// filefd: how many open files the kernel holds, and how many it is willing to hold. Source:
// /proc/sys/fs/file-nr (Documentation/admin-guide/sysctl/fs.rst): allocated, free, maximum. The
// second is always 0 since Linux 2.6 and is passed over. What surprises: these are struct files of
// the whole system, not descriptors: a descriptor that fork(2) copied counts once, and on today's
// kernels the maximum is 2^63-1, so that a process meets its own RLIMIT_NOFILE long before.
#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kAllocated =
    metrics::gauge("node_filefd_allocated", "File descriptor statistics: allocated.");
constexpr auto kMaximum =
    metrics::gauge("node_filefd_maximum", "File descriptor statistics: maximum.");

class Filefd final : public Collector {
 public:
  explicit Filefd(const Host& host)
      : file_(host.proc + "/sys/fs/file-nr", KernelFile::Shape::whole, 128) {}

  Status collect(metrics::Sink& out) override {
    const auto text = file_.read();
    if (!text) return fail(text);
    Fields fields(*text);
    const auto allocated = fields.next<double>();
    fields.skip(1);
    const auto maximum = fields.next<double>();
    if (!fields.ok()) {
      return fail(file_.path() + ": want allocated, free and maximum, found " + excerpt(*text));
    }
    out.add(kAllocated, allocated);
    out.add(kMaximum, maximum);
    return {};
  }

 private:
  KernelFile file_;
};

}  // namespace

extern constinit const CollectorInfo filefd{
    "filefd", "Open files of the whole system and their limit.", true, make<Filefd>};

}  // namespace serverpulse::exporter::collectors
