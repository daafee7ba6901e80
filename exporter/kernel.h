// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Kernel: what collectors ask of the kernel by other means than a file. Abstract so that a golden
// test can answer from its fixture folder.
#pragma once

#include <sys/statfs.h>
#include <sys/timex.h>
#include <sys/utsname.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "exporter/netlink_socket.h"

namespace serverpulse::exporter {

class StatfsPool;

/// Thread rule: any thread for the stateless calls; each call stands alone.
class Kernel {
 public:
  Kernel();
  /// Waits for the statfs(2) calls of the pool: see StatfsPool.
  virtual ~Kernel();
  /// uname(2).
  virtual Result<utsname> uname() = 0;
  /// adjtimex(2) with modes 0: reads, never sets. `state` gets its return value (TIME_OK …).
  /// A sandbox that forbids it (EPERM) makes it unavailable, not failed: see refused().
  virtual Result<timex> adjtimex(int& state) = 0;
  /// statfs(2); may block for as long as a dead file server pleases.
  virtual Result<struct statfs> statfs(const std::string& path) = 0;
  /// One NETLINK_ROUTE dump (rtnetlink(7)): the request of `type` (RTM_GETLINK …) for `family`,
  /// without IFLA_EXT_MASK: statistics yes, virtual functions no. Answers the messages one after
  /// another, without NLMSG_DONE, in `buffer`, which the caller keeps so that the next dump
  /// allocates nothing.
  virtual Status route_dump(std::uint16_t type, unsigned char family, std::string& buffer) = 0;

  /// One NETLINK_SOCK_DIAG dump (sock_diag(7)): all sockets of `family` (AF_INET, AF_INET6) and
  /// `protocol` (IPPROTO_UDP …) as messages that begin with inet_diag_msg, otherwise as
  /// route_dump(). Unless overridden there is no such thing.
  virtual Status socket_dump(unsigned char family, unsigned char protocol, std::string& buffer);

  /// The RTM_GETLINK dump, taken once for all collectors of a scrape: each keeps a number `seen`,
  /// 0 at first, and is given the last dump if that is less than kLinksFresh old and new to it,
  /// else a dump is taken. So a collector never gets one twice.
  Status shared_links(const Clock& clock, std::uint64_t& seen, std::string& buffer);

  /// How long one scrape may take from its first to its last use of the links.
  static constexpr std::chrono::milliseconds kLinksFresh{50};

  /// Where statfs(2) is asked of mounts that may not answer; made when first asked for. It is the
  /// kernel's since a call that hangs outlives the collector that made it.
  StatfsPool& statfs_pool();

 private:
  std::once_flag statfs_pool_made_;
  std::unique_ptr<StatfsPool> statfs_pool_;
  std::mutex links_mutex_;
  std::string links_;
  std::uint64_t links_number_ = 0;
  bool links_valid_ = false;
  std::chrono::nanoseconds links_taken_{0};
};

/// As fail_errno(), with EPERM and EACCES as `unavailable`: for calls that need no privilege but
/// that a sandbox's filter may refuse.
[[nodiscard]] tl::unexpected<Error> refused(std::string_view what, int code);

/// The kernel this program runs on.
class RealKernel final : public Kernel {
 public:
  RealKernel();
  ~RealKernel() override;
  Result<utsname> uname() override;
  Result<timex> adjtimex(int& state) override;
  Result<struct statfs> statfs(const std::string& path) override;
  Status route_dump(std::uint16_t type, unsigned char family, std::string& buffer) override;
  Status socket_dump(unsigned char family, unsigned char protocol, std::string& buffer) override;

 private:
  NetlinkSocket route_;
  NetlinkSocket sockets_;
};

}  // namespace serverpulse::exporter
