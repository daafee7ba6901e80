// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Listeners: sockets that wait for connections: TCP over IPv4 and IPv6 (ipv6(7): one socket for
// both), Unix (unix(7)), or what systemd opened for us (sd_listen_fds(3)). All are non-blocking.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace serverpulse::http {

/// Thread rule: one thread.
class Listener {
 public:
  /// As ServerOptions::listen spells it. Errors name the address.
  static Result<Listener> open(std::string_view spec);
  /// What open() would say of the spelling alone: nothing is opened, no name is looked up.
  static Status check(std::string_view spec);
  /// Takes over a listening descriptor; the socket file, if any, belongs to whoever made it.
  static Result<Listener> adopt(Fd fd);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  /// Removes the socket file it made, unless another server has put its own there since.
  ~Listener();

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// With the real port: "127.0.0.1:9100", "[::]:9100", "unix:///run/x.sock".
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  explicit Listener(Fd fd) : fd_(std::move(fd)) {}
  static Result<Listener> open_unix(const std::string& path);
  static Result<Listener> open_tcp(std::string_view spec);

  Fd fd_;
  std::string address_;
  std::string made_file_;  // the socket file this one made, else empty
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// The descriptors systemd handed to this process, by LISTEN_PID and LISTEN_FDS. None is an error.
Result<std::vector<Listener>> adopt_systemd_listeners();

}  // namespace serverpulse::http
