// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// A socket's name as people write it. An IPv4 client of a dual-stack listener arrives as
// ::ffff:192.0.2.1 (RFC 4291, 2.5.5.2) and is shown as 192.0.2.1.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace serverpulse::http {

struct SocketAddress {
  std::string host;  ///< Numeric; the path of a Unix socket, empty when it has none.
  std::uint16_t port = 0;
  int family = AF_UNSPEC;
};

[[nodiscard]] SocketAddress describe(const sockaddr_storage& address, socklen_t size);

/// Where a socket is bound (getsockname(2)).
[[nodiscard]] std::optional<SocketAddress> socket_name(int fd);

/// "192.0.2.1:80", "[2001:db8::1]:80", "unix:///path".
[[nodiscard]] std::string to_string(const SocketAddress& address);

}  // namespace serverpulse::http
