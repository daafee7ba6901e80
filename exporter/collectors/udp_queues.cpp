// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// udp_queues: bytes of kernel memory that datagrams occupy which a program has sent and the device
// has not taken yet (tx), or that arrived and no program has read yet (rx), summed over all UDP
// sockets. Source: /proc/net/udp and udp6, a line per socket, proc_net(5); the column
// tx_queue:rx_queue is hexadecimal. What surprises: the bytes count the kernel's bookkeeping too
// (truesize), so one byte received may occupy 768; and a socket bound to :: stands in udp6 only,
// even while it talks IPv4. Only that one column is parsed, as a host may have 10^5 such lines.
#include <array>
#include <optional>

#include "base/fields.h"
#include "exporter/collector.h"
#include "exporter/readers/optional_file.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kQueues = metrics::gauge(
    "node_udp_queues", "Number of allocated memory in the kernel for UDP datagrams in bytes.", "ip",
    "queue");

struct Queues {
  std::uint64_t tx = 0;
  std::uint64_t rx = 0;
};

// The fifth field of a socket's line: "00000000:00000300".
bool add_line(std::string_view line, Queues& sum) {
  Fields fields(line);
  const auto both = fields.skip(4).word();
  const auto colon = both.find(':');
  if (colon == std::string_view::npos) return false;
  const auto tx = parse_number<std::uint64_t>(both.substr(0, colon), 16);
  const auto rx = parse_number<std::uint64_t>(both.substr(colon + 1), 16);
  if (!tx || !rx) return false;
  sum.tx += *tx;
  sum.rx += *rx;
  return true;
}

struct Version {
  std::string_view label;
  OptionalFile file;
  std::optional<Queues> sum;

  // Leaves `sum` empty where the kernel does not have this version of IP.
  Status read() {
    sum.reset();
    const auto text = file.read();
    if (!text) return fail(text);
    if (!*text) return {};
    Queues queues;
    bool heading = true;
    for (const auto line : Lines(**text)) {
      if (!heading && !add_line(line, queues)) {
        return fail(file.path() + ": want tx_queue:rx_queue in hexadecimal as fifth field, found " +
                    excerpt(line));
      }
      heading = false;
    }
    sum = queues;
    return {};
  }
};

class UdpQueues final : public Collector {
 public:
  explicit UdpQueues(const Host& host)
      : versions_{Version{"v4", OptionalFile(host.proc + "/net/udp"), {}},
                  Version{"v6", OptionalFile(host.proc + "/net/udp6"), {}}} {}

  Status collect(metrics::Sink& out) override {
    for (auto& version : versions_) {
      if (auto done = version.read(); !done) return done;
    }
    if (!versions_[0].sum && !versions_[1].sum) {
      return unavailable(versions_[0].file.path() + ": neither this file nor udp6 is there");
    }
    auto rows = out.rows(kQueues);
    for (const auto& version : versions_) {
      if (!version.sum) continue;
      rows.add({version.label, "tx"}, static_cast<double>(version.sum->tx));
      rows.add({version.label, "rx"}, static_cast<double>(version.sum->rx));
    }
    return {};
  }

 private:
  std::array<Version, 2> versions_;
};

}  // namespace

extern constinit const CollectorInfo udp_queues{
    "udp_queues", "Memory held by UDP datagrams that wait in sockets.", true, make<UdpQueues>};

}  // namespace serverpulse::exporter::collectors
