// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The place where the PROXY protocol would say who the peer is: between accept4 and the handing
// over of the Peer.
#include "http/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "http/socket_address.h"

namespace serverpulse::http {
namespace {

constexpr int kMostAtOnce = 64;  // then the open connections have their turn
constexpr std::chrono::milliseconds kPause{100};
constexpr std::chrono::seconds kWarnEvery{10};

Peer peer_of(const sockaddr_storage& address, socklen_t size) {
  const auto name = describe(address, size);
  Peer peer;
  peer.unix_socket = name.family == AF_UNIX;
  if (!peer.unix_socket) peer.address = name.host;
  peer.port = name.port;
  return peer;
}

bool out_of_something(int code) {
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

}  // namespace

Acceptor::Acceptor(std::vector<Listener> listeners, Callbacks callbacks, Stats& stats,
                   const log::Logger& logger)
    : listeners_(std::move(listeners)),
      callbacks_(std::move(callbacks)),
      stats_(&stats),
      logger_(&logger) {}

void Acceptor::watch(int epoll) {
  resume_at_ = Time::max();
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, listeners_[i].fd(), &event);
  }
}

void Acceptor::on_readable(int epoll, std::uint64_t key, Time now) {
  const int fd = listeners_[key].fd();
  for (int i = 0; i < kMostAtOnce; ++i) {
    if (callbacks_.busy()) return pause(epoll, now, 0);
    if (accept_one(fd)) continue;
    const int code = errno;
    if (code == EAGAIN || code == EWOULDBLOCK) return;
    // Anything else is the fault of that one connection (ECONNABORTED, EPROTO): go on.
    if (out_of_something(code) && !callbacks_.make_room()) return pause(epoll, now, code);
  }
}

/// False: errno says why.
bool Acceptor::accept_one(int listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  Fd fd(::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size,
                  SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return false;
  Peer peer = peer_of(address, size);
  const int on = 1;
  if (!peer.unix_socket) ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ++stats_->connections_accepted;
  callbacks_.accepted(std::move(fd), std::move(peer));
  return true;
}

void Acceptor::pause(int epoll, Time now, int code) {
  for (const Listener& listener : listeners_) {
    ::epoll_ctl(epoll, EPOLL_CTL_DEL, listener.fd(), nullptr);
  }
  resume_at_ = now + kPause;
  ++stats_->accept_pauses;
  if (warned_at_ != Time::min() && now - warned_at_ < kWarnEvery) return;
  warned_at_ = now;
  logger_->warn("cannot take further connections for now",
                {{"err", code == 0 ? "all allowed connections are busy" : std::strerror(code)}});
}

}  // namespace serverpulse::http
