// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Kernel: what collectors ask of the kernel by other means than a file. Abstract so that a golden
// test can answer from its fixture folder.
#pragma once

#include <sys/statfs.h>
#include <sys/timex.h>
#include <sys/utsname.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace serverpulse::exporter {

/// Thread rule: any thread for the stateless calls; each call stands alone.
class Kernel {
 public:
  virtual ~Kernel() = default;
  /// uname(2).
  virtual Result<utsname> uname() = 0;
  /// adjtimex(2) with modes 0: reads, never sets. `state` gets its return value (TIME_OK …).
  /// A sandbox that forbids it (EPERM) makes it unavailable, not failed: see refused().
  virtual Result<timex> adjtimex(int& state) = 0;
  /// statfs(2); may block for as long as a dead file server pleases.
  virtual Result<struct statfs> statfs(const std::string& path) = 0;
  /// One NETLINK_ROUTE dump (rtnetlink(7)): the request of `type` (RTM_GETLINK …) for `family`,
  /// with IFLA_EXT_MASK for links. Answers the messages one after another, without NLMSG_DONE, in
  /// `buffer`, which is kept by the caller so that the next dump allocates nothing.
  virtual Status route_dump(std::uint16_t type, unsigned char family, std::string& buffer) = 0;
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
};

}  // namespace serverpulse::exporter
