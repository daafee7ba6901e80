// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// udp_queues: bytes of kernel memory that datagrams occupy which a program has sent and the device
// has not taken yet (tx), or that arrived and no program has read yet (rx), summed over all UDP
// sockets. Source: /proc/net/udp and udp6, a line per socket, proc_net(5); the column
// tx_queue:rx_queue is hexadecimal. What surprises: the bytes count the kernel's bookkeeping too
// (truesize), so one byte received may occupy 768; and a socket bound to :: stands in udp6 only,
// even while it talks IPv4.
//
// The kernel finds its place in those files again at every 4096 bytes by counting from the first
// socket, so reading them takes time with the square of the number of sockets. A sock_diag(7) dump
// gives the same numbers in linear time: 4000 sockets took 28 ms by file, 0.9 ms by netlink. It is
// asked where there are many sockets and /proc/net is this process's own; not otherwise, as the
// first request makes the kernel load its module udp_diag.
#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "base/fields.h"
#include "exporter/collector.h"
#include "exporter/readers/netlink.h"
#include "exporter/readers/optional_file.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kQueues = metrics::gauge(
    "node_udp_queues", "Number of allocated memory in the kernel for UDP datagrams in bytes.", "ip",
    "queue");

// From this many sockets on netlink is asked, and below half of it the file again.
constexpr std::uint64_t kMany = 512;

struct Queues {
  std::uint64_t tx = 0;
  std::uint64_t rx = 0;
  std::uint64_t sockets = 0;
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
  ++sum.sockets;
  return true;
}

// One version of IP.
class Version {
 public:
  Version(std::string_view label, unsigned char family, std::string path)
      : label_(label), family_(family), file_(std::move(path), KernelFile::Shape::records) {}

  // Leaves sum() empty where the kernel does not have this version.
  Status read(Kernel& kernel, bool netlink) {
    sum_.reset();
    const auto before = std::exchange(sockets_, 0);
    Status done;
    if (!netlink || refused_ || before < kMany || !read_netlink(kernel)) done = read_file();
    if (sum_) sockets_ = before >= kMany ? sum_->sockets * 2 : sum_->sockets;
    return done;
  }

  [[nodiscard]] std::string_view label() const { return label_; }
  [[nodiscard]] const std::optional<Queues>& sum() const { return sum_; }
  [[nodiscard]] const std::string& path() const { return file_.path(); }

 private:
  Status read_file() {
    const auto text = file_.read();
    if (!text) return fail(text);
    if (!*text) return {};
    Queues queues;
    bool heading = true;
    for (const auto line : Lines(**text)) {
      if (!heading && !add_line(line, queues)) {
        return fail(path() + ": want tx_queue:rx_queue in hexadecimal as fifth field, found " +
                    excerpt(line));
      }
      heading = false;
    }
    sum_ = queues;
    return {};
  }

  // False: the file is to be read; for good where the kernel cannot or may not answer.
  bool read_netlink(Kernel& kernel) {
    if (const auto done = kernel.socket_dump(family_, IPPROTO_UDP, dump_); !done) {
      refused_ = done.error().kind == Error::Kind::unavailable;
      return false;
    }
    Queues queues;
    NetlinkMessages messages(dump_);
    while (messages.next()) {
      const auto socket = read_as<inet_diag_msg>(messages.body());
      if (!socket) return false;
      queues.tx += socket->idiag_wqueue;
      queues.rx += socket->idiag_rqueue;
      ++queues.sockets;
    }
    if (!messages.ok()) return false;
    sum_ = queues;
    return true;
  }

  std::string_view label_;
  unsigned char family_;
  OptionalFile file_;
  std::optional<Queues> sum_;
  std::uint64_t sockets_ = 0;  // at the last scrape, doubled while netlink is asked
  bool refused_ = false;
  std::string dump_;
};

// Whether /proc/net is the network namespace that netlink speaks of.
bool is_own_network(const std::string& proc) {
  std::array<char, 16> target{};
  const auto length = ::readlink((proc + "/net").c_str(), target.data(), target.size());
  return length >= 0 &&
         std::string_view(target.data(), static_cast<std::size_t>(length)) == "self/net";
}

class UdpQueues final : public Collector {
 public:
  explicit UdpQueues(const Host& host)
      : kernel_(host.kernel),
        netlink_(is_own_network(host.proc)),
        versions_{Version("v4", AF_INET, host.proc + "/net/udp"),
                  Version("v6", AF_INET6, host.proc + "/net/udp6")} {}

  Status collect(metrics::Sink& out) override {
    for (auto& version : versions_) {
      if (auto done = version.read(*kernel_, netlink_); !done) return done;
    }
    if (!versions_[0].sum() && !versions_[1].sum()) {
      return unavailable(versions_[0].path() + ": neither this file nor udp6 is there");
    }
    auto rows = out.rows(kQueues);
    for (const auto& version : versions_) {
      if (!version.sum()) continue;
      rows.add({version.label(), "tx"}, static_cast<double>(version.sum()->tx));
      rows.add({version.label(), "rx"}, static_cast<double>(version.sum()->rx));
    }
    return {};
  }

 private:
  Kernel* kernel_;
  bool netlink_;
  std::array<Version, 2> versions_;
};

}  // namespace

extern constinit const CollectorInfo udp_queues{
    "udp_queues", "Memory held by UDP datagrams that wait in sockets.", true, make<UdpQueues>};

}  // namespace serverpulse::exporter::collectors
