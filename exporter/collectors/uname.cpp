// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// uname: what system this is, as labels of a metric that is always 1. Source: uname(2). The node
// name is that of the exporter's own UTS namespace: in a container without the host's, it is the
// container's. The domain name is that of NIS, "(none)" nearly everywhere, not that of DNS.
#include "exporter/collector.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kInfo = metrics::gauge(
    "node_uname_info", "Labeled system information as provided by the uname system call.",
    "domainname", "machine", "nodename", "release", "sysname", "version");

class Uname final : public Collector {
 public:
  explicit Uname(const Host& host) : kernel_(host.kernel) {}

  Status collect(metrics::Sink& out) override {
    const auto name = kernel_->uname();
    if (!name) return fail(name);
    auto rows = out.rows(kInfo);
    rows.add({name->domainname, name->machine, name->nodename, name->release, name->sysname,
              name->version},
             1);
    return {};
  }

 private:
  Kernel* kernel_;
};

}  // namespace

extern constinit const CollectorInfo uname{"uname", "What uname(2) tells of the system.", true,
                                           make<Uname>};

}  // namespace serverpulse::exporter::collectors
