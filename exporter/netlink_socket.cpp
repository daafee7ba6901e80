// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/netlink_socket.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "base/fields.h"
#include "exporter/readers/netlink.h"

namespace serverpulse::exporter {
namespace {

constexpr int kTries = 4;
constexpr std::size_t kRoom = 32768;  // the kernel fills at most that much per answer
constexpr std::size_t kMost = std::size_t{64} << 20U;

tl::unexpected<Error> netlink_error(std::string_view what, int code) {
  auto error = fail_errno(what, code).value();
  switch (code) {
    case EPERM:
    case EACCES:
    case EPROTONOSUPPORT:
    case EAFNOSUPPORT:
      error.kind = Error::Kind::unavailable;
      break;
    case ETIMEDOUT:
      error.kind = Error::Kind::timeout;
      break;
    default:
      break;
  }
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

Status NetlinkSocket::dump(std::uint16_t type, std::string_view body, std::string& buffer) {
  const std::lock_guard lock(mutex_);
  for (int left = kTries; left > 0; --left) {
    if (!fd_) {
      if (auto opened = open(); !opened) return opened;
    }
    if (auto sent = send(type, body); !sent) {
      fd_.reset();
      if (left > 1) continue;
      return sent;
    }
    switch (receive(buffer)) {
      case Outcome::complete:
        return {};
      case Outcome::interrupted:
        if (left == 1) return {};
        break;
      case Outcome::broken:
        fd_.reset();
        break;
      case Outcome::refused:
        fd_.reset();
        return tl::unexpected<Error>(error_);
    }
  }
  return tl::unexpected<Error>(error_);
}

Status NetlinkSocket::open() {
  fd_ = Fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol_));
  if (!fd_) return netlink_error("netlink socket", errno);
  const timeval patience{2, 0};
  if (::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
    return netlink_error("netlink socket", errno);
  }
  if (datagram_.empty()) datagram_.resize(kRoom);
  return {};
}

Status NetlinkSocket::send(std::uint16_t type, std::string_view body) {
  struct Request {
    nlmsghdr header;
    char body[64];
  } request{};
  const auto size = body.copy(request.body, sizeof request.body);
  request.header.nlmsg_len = static_cast<std::uint32_t>(sizeof(nlmsghdr) + size);
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = ++sequence_;
  for (;;) {
    if (::send(fd_.get(), &request, NLMSG_ALIGN(request.header.nlmsg_len), 0) >= 0) return {};
    if (errno != EINTR) return netlink_error("netlink send", errno);
  }
}

NetlinkSocket::Outcome NetlinkSocket::refuse(int code) {
  error_ = netlink_error("netlink dump", code).value();
  return Outcome::refused;
}

NetlinkSocket::Outcome NetlinkSocket::receive(std::string& buffer) {
  buffer.clear();
  bool interrupted = false;
  for (bool done = false; !done;) {
    sockaddr_nl from{};
    socklen_t from_size = sizeof from;
    const ssize_t got = ::recvfrom(fd_.get(), datagram_.data(), datagram_.size(), MSG_TRUNC,
                                   reinterpret_cast<sockaddr*>(&from), &from_size);
    if (got < 0) {
      if (errno == EINTR) continue;
      const int code = errno == EAGAIN ? ETIMEDOUT : errno;
      refuse(code);
      return code == ENOBUFS ? Outcome::broken : Outcome::refused;
    }
    if (from.nl_pid != 0) continue;  // some other process, not the kernel
    const auto length = static_cast<std::size_t>(got);
    if (length > datagram_.size()) {
      datagram_.resize(length);
      refuse(EMSGSIZE);
      return Outcome::broken;
    }
    const auto outcome = take({datagram_.data(), length}, buffer, interrupted, done);
    if (outcome != Outcome::complete) return outcome;
  }
  return interrupted ? Outcome::interrupted : Outcome::complete;
}

// Appends a datagram's messages that answer this request.
NetlinkSocket::Outcome NetlinkSocket::take(std::string_view datagram, std::string& buffer,
                                           bool& interrupted, bool& done) {
  NetlinkMessages messages(datagram);
  for (auto before = messages.rest(); messages.next(); before = messages.rest()) {
    const auto& header = messages.header();
    if (header.nlmsg_seq != sequence_) continue;  // left over from a dump that was given up
    if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted = true;
    const auto code = read_as<std::int32_t>(messages.body()).value_or(0);
    switch (header.nlmsg_type) {
      case NLMSG_NOOP:
        continue;
      case NLMSG_OVERRUN:
        refuse(ENOBUFS);
        return Outcome::broken;
      case NLMSG_ERROR:
        if (code == 0) continue;
        return refuse(-code);
      case NLMSG_DONE:
        if (code < 0) return refuse(-code);
        done = true;
        return Outcome::complete;
      default:
        break;
    }
    if (buffer.size() > kMost) return refuse(EFBIG);
    buffer.append(before.substr(0, before.size() - messages.rest().size()));
    buffer.resize(NLMSG_ALIGN(buffer.size()));
  }
  if (messages.ok()) return Outcome::complete;
  error_ = Error{"netlink dump: want a whole message, found " + excerpt(messages.rest()), {}};
  return Outcome::refused;
}

}  // namespace serverpulse::exporter
