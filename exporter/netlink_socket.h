// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// NetlinkSocket: dumps of NETLINK_ROUTE (rtnetlink(7)) or NETLINK_SOCK_DIAG (sock_diag(7)) over one
// socket that stays open from one dump to the next. What surprises: a dump is no
// snapshot. It comes in pieces between which links may come and go; the kernel then sets
// NLM_F_DUMP_INTR on what follows, and the dump is asked for again (a few times: on a host that
// starts containers all day the last try is taken as it is). A reply may also be lost for want of
// room (ENOBUFS).
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace serverpulse::exporter {

/// Thread rule: any thread; dumps of several threads wait for each other.
class NetlinkSocket {
 public:
  /// NETLINK_ROUTE, NETLINK_SOCK_DIAG. Opens with the first dump.
  explicit NetlinkSocket(int protocol) : protocol_(protocol) {}

  /// Asks for `type` (RTM_GETLINK, SOCK_DIAG_BY_FAMILY …), whose fixed part is `body`: of exactly
  /// the size that goes with the type, since the kernel logs a warning about left-over bytes.
  /// `buffer` gets the messages one after another without NLMSG_DONE. Errors: what the kernel
  /// answers, no answer within two seconds, more than 64 MiB. Kind unavailable: asking again is no
  /// use, since the kernel lacks this protocol or this process may not use it. REQUIRES:
  /// body.size() <= 64.
  Status dump(std::uint16_t type, std::string_view body, std::string& buffer);

 private:
  enum class Outcome : std::uint8_t {
    complete,
    interrupted,  ///< Complete, but the links changed meanwhile.
    broken,       ///< The socket is of no more use; a new one may do.
    refused,      ///< The kernel said no; error_ says why.
  };

  Status open();
  Status send(std::uint16_t type, std::string_view body);
  Outcome receive(std::string& buffer);
  Outcome take(std::string_view datagram, std::string& buffer, bool& interrupted, bool& done);
  Outcome refuse(int code);

  const int protocol_;
  std::mutex mutex_;
  Fd fd_;
  std::uint32_t sequence_ = 0;
  std::string datagram_;
  Error error_;
};

}  // namespace serverpulse::exporter
