// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/kernel.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/fd.h"

namespace serverpulse::exporter {

tl::unexpected<Error> refused(std::string_view what, int code) {
  auto error = fail_errno(what, code).value();
  if (code == EPERM || code == EACCES) error.kind = Error::Kind::unavailable;
  return tl::unexpected<Error>(std::move(error));
}

RealKernel::RealKernel() = default;
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
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return fail_errno("netlink socket", errno);
  struct Request {
    nlmsghdr header;
    ifinfomsg body;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = 1;
  request.body.ifi_family = family;
  if (::send(socket.get(), &request, sizeof request, 0) < 0)
    return fail_errno("netlink send", errno);
  std::size_t length = 0;
  for (;;) {
    constexpr std::size_t kRoom = 32768;  // what the kernel fills at most per answer
    if (buffer.size() < length + kRoom) buffer.resize(length + kRoom);
    const ssize_t got = ::recv(socket.get(), buffer.data() + length, buffer.size() - length, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail_errno("netlink receive", errno);
    }
    std::size_t at = length;
    const std::size_t end = length + static_cast<std::size_t>(got);
    while (end - at >= sizeof(nlmsghdr)) {
      nlmsghdr header{};
      std::memcpy(&header, buffer.data() + at, sizeof header);
      if (header.nlmsg_len < sizeof header || header.nlmsg_len > end - at) {
        return fail("netlink: a message of " + std::to_string(header.nlmsg_len) + " bytes where " +
                    std::to_string(end - at) + " are left");
      }
      if (header.nlmsg_type == NLMSG_DONE) {
        buffer.resize(at);
        return {};
      }
      if (header.nlmsg_type == NLMSG_ERROR) {
        int code = 0;
        if (header.nlmsg_len >= sizeof header + sizeof code) {
          std::memcpy(&code, buffer.data() + at + sizeof header, sizeof code);
        }
        return fail_errno("netlink dump", -code);
      }
      at += NLMSG_ALIGN(header.nlmsg_len);
    }
    length = end;
  }
}

}  // namespace serverpulse::exporter
