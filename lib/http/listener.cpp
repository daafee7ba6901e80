// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Opening and adopting listening sockets. A socket file that was left behind by a killed process
// refuses connections (ECONNREFUSED), which is how it is told from one that is in use.
#include "http/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "base/fields.h"
#include "http/socket_address.h"

namespace serverpulse::http {
namespace {

constexpr std::string_view kUnix = "unix://";
constexpr int kFirstSystemdFd = 3;  // SD_LISTEN_FDS_START
constexpr int kType = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

struct HostPort {
  std::string host;  ///< Without brackets; empty: every address.
  std::string port;
};

Result<HostPort> split(std::string_view spec) {
  const auto colon = spec.rfind(':');
  const auto wanted =
      "listen address " + excerpt(spec) + ": want [host]:port, [IPv6 address]:port or unix:///path";
  if (colon == std::string_view::npos) return fail(wanted);
  auto host = spec.substr(0, colon);
  const auto port = spec.substr(colon + 1);
  if (!parse_number<std::uint16_t>(port)) {
    return fail("listen address " + excerpt(spec) + ": want a port from 0 to 65535, found " +
                excerpt(port));
  }
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of("[]:/") != std::string_view::npos) {
    return fail(wanted);
  }
  return HostPort{std::string(host), std::string(port)};
}

/// The path of unix:///path as bind(2) takes it.
Result<sockaddr_un> unix_address(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!path.starts_with('/') || path.size() >= sizeof address.sun_path) {
    return fail("listen address " + excerpt(std::string(kUnix) + std::string(path)) +
                ": want an absolute path of at most 107 bytes");
  }
  path.copy(address.sun_path, path.size());
  return address;
}

/// As Go's net.Listen: of several addresses of a name, the first IPv4 one.
const addrinfo* preferred(const addrinfo* list) {
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET) return each;
  }
  return list;
}

std::string address_of(int fd) {
  const auto name = socket_name(fd);
  return name ? to_string(*name) : "?";
}

Status bind_and_listen(int fd, const sockaddr* address, socklen_t size, const std::string& what) {
  if (::bind(fd, address, size) != 0) return fail_errno(what + ": bind", errno);
  if (::listen(fd, SOMAXCONN) != 0) return fail_errno(what + ": listen", errno);
  return {};
}

Result<Fd> listen_tcp(const addrinfo& where, const std::string& what) {
  Fd fd(::socket(where.ai_family, kType, 0));
  if (!fd) return fail_errno(what + ": socket", errno);
  const int on = 1;
  const int off = 0;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (where.ai_family == AF_INET6) {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (auto done = bind_and_listen(fd.get(), where.ai_addr, where.ai_addrlen, what); !done) {
    return fail(done);
  }
  return fd;
}

bool has_ipv6() {
  return static_cast<bool>(Fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)));
}

/// Removes a socket file nobody listens on. Errors: it is in use, or is no socket.
Status clear_stale(const sockaddr_un& address, const std::string& what) {
  struct stat found {};
  if (::lstat(address.sun_path, &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return fail(what + ": there is a file that is no socket");
  const Fd probe(::socket(AF_UNIX, kType, 0));
  const int refused =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
          ? 0
          : errno;
  if (refused != ECONNREFUSED) return fail(what + ": another process listens there");
  if (::unlink(address.sun_path) != 0) return fail_errno(what + ": remove the stale socket", errno);
  return {};
}

std::optional<int> environment_number(const char* name) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return text == nullptr ? std::nullopt : parse_number<int>(text);
}

}  // namespace

Listener::Listener(Listener&& other) noexcept
    : fd_(std::move(other.fd_)),
      address_(std::move(other.address_)),
      made_file_(std::exchange(other.made_file_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

Listener::~Listener() {
  struct stat found {};
  if (made_file_.empty() || ::lstat(made_file_.c_str(), &found) != 0) return;
  if (found.st_dev == device_ && found.st_ino == inode_) ::unlink(made_file_.c_str());
}

Status Listener::check(std::string_view spec) {
  if (spec.starts_with(kUnix)) {
    const auto address = unix_address(spec.substr(kUnix.size()));
    return address ? Status{} : fail(address);
  }
  const auto where = split(spec);
  return where ? Status{} : fail(where);
}

Result<Listener> Listener::open(std::string_view spec) {
  if (spec.starts_with(kUnix)) return open_unix(std::string(spec.substr(kUnix.size())));
  return open_tcp(spec);
}

Result<Listener> Listener::open_tcp(std::string_view spec) {
  auto where = split(spec);
  if (!where) return fail(where);
  if (where->host.empty()) where->host = has_ipv6() ? "::" : "0.0.0.0";
  const auto what = "listen address " + excerpt(spec);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(where->host.c_str(), where->port.c_str(), &hints, &found);
  if (code != 0) return fail(what + ": " + ::gai_strerror(code));
  const std::unique_ptr<addrinfo, FreeAddresses> owner(found);
  auto fd = listen_tcp(*preferred(found), what);
  if (!fd) return fail(fd);
  Listener listener(std::move(*fd));
  listener.address_ = address_of(listener.fd());
  return listener;
}

Result<Listener> Listener::open_unix(const std::string& path) {
  const auto what = "listen address " + excerpt("unix://" + path);
  const auto address = unix_address(path);
  if (!address) return fail(address);
  if (auto clear = clear_stale(*address, what); !clear) return fail(clear);
  Listener listener(Fd(::socket(AF_UNIX, kType, 0)));
  if (!listener.fd_) return fail_errno(what + ": socket", errno);
  // The mode of a socket's inode is set before bind: no moment at which everyone may connect.
  ::fchmod(listener.fd(), 0660);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&*address);
  if (auto done = bind_and_listen(listener.fd(), generic, sizeof *address, what); !done) {
    return fail(done);
  }
  struct stat made {};
  if (::chmod(path.c_str(), 0660) != 0 || ::lstat(path.c_str(), &made) != 0) {
    return fail_errno(what + ": set mode 0660", errno);
  }
  listener.device_ = made.st_dev;
  listener.inode_ = made.st_ino;
  listener.made_file_ = path;
  listener.address_ = "unix://" + path;
  return listener;
}

Result<Listener> Listener::adopt(Fd fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  const int code = ::getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size);
  const auto what = "descriptor " + std::to_string(fd.get());
  if (code != 0 || listening == 0) return fail(what + ": want a listening stream socket");
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0 ||
      ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0) {
    return fail_errno(what + ": fcntl", errno);
  }
  Listener listener(std::move(fd));
  listener.address_ = address_of(listener.fd());
  return listener;
}

Result<std::vector<Listener>> adopt_systemd_listeners() {
  const auto pid = environment_number("LISTEN_PID");
  const auto count = environment_number("LISTEN_FDS").value_or(0);
  if (pid != ::getpid() || count < 1 || count > 1024) {
    return fail("systemd socket: want descriptors by LISTEN_PID and LISTEN_FDS, found none");
  }
  std::vector<Listener> listeners;
  for (int i = 0; i < count; ++i) {
    auto listener = Listener::adopt(Fd(kFirstSystemdFd + i));
    if (!listener) return fail("systemd socket: " + listener.error().message);
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

}  // namespace serverpulse::http
