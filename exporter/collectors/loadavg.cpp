// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// loadavg: how many tasks run or wait uninterruptibly, averaged by the kernel over 1, 5 and 15
// minutes. Source: /proc/loadavg, proc_loadavg(5). It counts tasks in disk sleep too, so a dead
// file server raises it on an idle machine.
#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kLoad1 = metrics::gauge("node_load1", "1m load average.");
constexpr auto kLoad5 = metrics::gauge("node_load5", "5m load average.");
constexpr auto kLoad15 = metrics::gauge("node_load15", "15m load average.");

class Loadavg final : public Collector {
 public:
  explicit Loadavg(const Host& host)
      : file_(host.proc + "/loadavg", KernelFile::Shape::whole, 256) {}

  Status collect(metrics::Sink& out) override {
    const auto text = file_.read();
    if (!text) return fail(text);
    Fields fields(*text);
    const auto m1 = fields.next<double>();
    const auto m5 = fields.next<double>();
    const auto m15 = fields.next<double>();
    if (!fields.ok()) {
      return fail(file_.path() + ": want three numbers first, found " + excerpt(*text));
    }
    out.add(kLoad1, m1);
    out.add(kLoad5, m5);
    out.add(kLoad15, m15);
    return {};
  }

 private:
  KernelFile file_;  // keeps its descriptor and its buffer between scrapes
};

}  // namespace

extern constinit const CollectorInfo loadavg{"loadavg", "System load averages.", true,
                                             make<Loadavg>};

}  // namespace serverpulse::exporter::collectors
