// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// sockaddr to text, by inet_ntop(3): no look-ups.
#include "http/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace serverpulse::http {
namespace {

SocketAddress describe_unix(const sockaddr_storage& address, socklen_t size) {
  SocketAddress out{{}, 0, AF_UNIX};
  sockaddr_un name{};
  std::memcpy(&name, &address, sizeof name);
  constexpr auto kPath = offsetof(sockaddr_un, sun_path);
  if (size > kPath && name.sun_path[0] != '\0') {
    out.host.assign(name.sun_path, ::strnlen(name.sun_path, size - kPath));
  }
  return out;
}

}  // namespace

SocketAddress describe(const sockaddr_storage& address, socklen_t size) {
  if (address.ss_family == AF_UNIX) return describe_unix(address, size);
  SocketAddress out;
  out.family = address.ss_family;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    sockaddr_in name{};
    std::memcpy(&name, &address, sizeof name);
    ::inet_ntop(AF_INET, &name.sin_addr, text.data(), text.size());
    out.port = ntohs(name.sin_port);
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 name{};
    std::memcpy(&name, &address, sizeof name);
    ::inet_ntop(AF_INET6, &name.sin6_addr, text.data(), text.size());
    out.port = ntohs(name.sin6_port);
  }
  out.host = text.data();
  constexpr std::string_view kMapped = "::ffff:";
  if (out.host.starts_with(kMapped) && out.host.find('.') != std::string::npos) {
    out.host.erase(0, kMapped.size());
    out.family = AF_INET;
  }
  return out;
}

std::optional<SocketAddress> socket_name(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
  return describe(address, size);
}

std::string to_string(const SocketAddress& address) {
  if (address.family == AF_UNIX) return "unix://" + address.host;
  const auto port = ":" + std::to_string(address.port);
  return address.family == AF_INET6 ? "[" + address.host + "]" + port : address.host + port;
}

}  // namespace serverpulse::http
