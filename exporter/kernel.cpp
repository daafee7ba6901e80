// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/kernel.h"

#include <linux/inet_diag.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "exporter/readers/statfs_pool.h"

namespace serverpulse::exporter {
namespace {

// The fixed part of a request differs by type.
std::size_t route_body_size(std::uint16_t type) {
  switch (type) {
    case RTM_GETLINK:
      return sizeof(ifinfomsg);
    case RTM_GETADDR:
      return sizeof(ifaddrmsg);
    case RTM_GETNEIGH:
      return sizeof(ndmsg);
    case RTM_GETROUTE:
      return sizeof(rtmsg);
    default:
      return sizeof(rtgenmsg);
  }
}

}  // namespace

tl::unexpected<Error> refused(std::string_view what, int code) {
  auto error = fail_errno(what, code).value();
  if (code == EPERM || code == EACCES) error.kind = Error::Kind::unavailable;
  return tl::unexpected<Error>(std::move(error));
}

RealKernel::RealKernel() : route_(NETLINK_ROUTE), sockets_(NETLINK_SOCK_DIAG) {}
RealKernel::~RealKernel() = default;

Result<utsname> RealKernel::uname() {
  utsname name{};
  if (::uname(&name) != 0) return fail_errno("uname", errno);
  return name;
}

Result<timex> RealKernel::adjtimex(int& state) {
  timex time{};
  state = ::adjtimex(&time);
  if (state < 0) return refused("adjtimex", errno);
  return time;
}

Result<struct statfs> RealKernel::statfs(const std::string& path) {
  struct statfs answer {};
  if (::statfs(path.c_str(), &answer) != 0) return fail_errno("statfs " + path, errno);
  return answer;
}

Status RealKernel::route_dump(std::uint16_t type, unsigned char family, std::string& buffer) {
  const std::array<char, sizeof(ifinfomsg)> body{static_cast<char>(family)};  // always the first
  return route_.dump(type, {body.data(), route_body_size(type)}, buffer);
}

Status RealKernel::socket_dump(unsigned char family, unsigned char protocol, std::string& buffer) {
  inet_diag_req_v2 request{};
  request.sdiag_family = family;
  request.sdiag_protocol = protocol;
  request.idiag_states = ~0U;
  const auto* const bytes = reinterpret_cast<const char*>(&request);
  return sockets_.dump(SOCK_DIAG_BY_FAMILY, {bytes, sizeof request}, buffer);
}

Kernel::Kernel() = default;
Kernel::~Kernel() = default;

StatfsPool& Kernel::statfs_pool() {
  std::call_once(statfs_pool_made_, [this] { statfs_pool_ = std::make_unique<StatfsPool>(*this); });
  return *statfs_pool_;
}

Status Kernel::socket_dump(unsigned char, unsigned char, std::string&) {
  return refused("sock_diag", EOPNOTSUPP);
}

Status Kernel::shared_links(const Clock& clock, std::uint64_t& seen, std::string& buffer) {
  const std::lock_guard lock(links_mutex_);
  const auto now = clock.steady();
  if (!links_valid_ || links_number_ == seen || now - links_taken_ > kLinksFresh) {
    links_valid_ = false;
    if (auto done = route_dump(RTM_GETLINK, AF_UNSPEC, links_); !done) return done;
    links_valid_ = true;
    links_taken_ = now;
    ++links_number_;
  }
  seen = links_number_;
  buffer = links_;
  return {};
}

}  // namespace serverpulse::exporter
