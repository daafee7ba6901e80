// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The blocking socket behind RawClient, with receive time-outs instead of endless waits.
#include "tests/http/raw_client.h"

#include <netdb.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "base/fields.h"
#include "http/text.h"

namespace serverpulse::http::testing {
namespace {

Fd connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), std::min(path.size() + 1, sizeof address.sun_path));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fd.reset();
  }
  return fd;
}

Fd connect_tcp(const std::string& address) {
  const auto colon = address.rfind(':');
  auto host = address.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found) != 0) {
    return {};
  }
  Fd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), found->ai_addr, found->ai_addrlen) != 0) fd.reset();
  ::freeaddrinfo(found);
  return fd;
}

ssl_st* handshake(int fd) {
  SSL_CTX* const context = ::SSL_CTX_new(::TLS_client_method());
  SSL* const ssl = ::SSL_new(context);
  ::SSL_CTX_free(context);
  ::SSL_set_fd(ssl, fd);
  if (::SSL_connect(ssl) == 1) return ssl;
  ::SSL_free(ssl);
  return nullptr;
}

}  // namespace

std::optional<std::string> Answer::header(std::string_view name) const {
  for (const auto line : Lines(head)) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !same_name(line.substr(0, colon), name)) continue;
    return std::string(trim(line.substr(colon + 1)));
  }
  return std::nullopt;
}

RawClient::RawClient(const std::string& address, bool tls) {
  constexpr std::string_view kUnix = "unix://";
  fd_ = address.starts_with(kUnix) ? connect_unix(address.substr(kUnix.size()))
                                   : connect_tcp(address);
  connected_ = static_cast<bool>(fd_);
  patience(std::chrono::seconds(20));
  if (!connected_ || !tls) return;
  ssl_ = handshake(fd_.get());
  connected_ = ssl_ != nullptr;
}

RawClient::~RawClient() {
  ::SSL_free(ssl_);
}

void RawClient::patience(std::chrono::milliseconds patience) {
  const timeval time{patience.count() / 1000, (patience.count() % 1000) * 1000};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ssl_ != nullptr
                          ? ::SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                          : ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::half_close() {
  if (ssl_ != nullptr) {
    ::SSL_shutdown(ssl_);
  } else {
    ::shutdown(fd_.get(), SHUT_WR);
  }
}

bool RawClient::fill() {
  std::array<char, 65536> piece{};
  const auto got = ssl_ != nullptr ? ::SSL_read(ssl_, piece.data(), static_cast<int>(piece.size()))
                                   : ::recv(fd_.get(), piece.data(), piece.size(), 0);
  if (got == 0 || (ssl_ != nullptr && got < 0)) end_ = true;
  if (got <= 0) {
    end_ = end_ || (errno != EAGAIN && errno != EWOULDBLOCK);
    return false;
  }
  buffer_.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

Answer RawClient::receive(bool head_only) {
  Answer answer;
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    if (!fill()) return answer;
  }
  const auto end = buffer_.find("\r\n\r\n") + 4;
  answer.head = buffer_.substr(0, end);
  buffer_.erase(0, end);
  answer.status = parse_number<int>(std::string_view(answer.head).substr(9, 3)).value_or(0);
  const auto length =
      head_only ? 0 : parse_number<std::size_t>(answer.header("Content-Length").value_or("0"));
  while (buffer_.size() < length.value_or(0)) {
    if (!fill()) break;
  }
  answer.body = buffer_.substr(0, length.value_or(0));
  buffer_.erase(0, answer.body.size());
  return answer;
}

Answer RawClient::ask(std::string_view bytes, bool head_only) {
  send(bytes);  // a server may refuse before it has everything: what counts is its answer
  return receive(head_only);
}

std::string RawClient::receive_all() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::closed_within(std::chrono::milliseconds span) {
  patience(span);
  while (fill()) {
  }
  return end_;
}

std::string get(std::string_view path, std::string_view fields) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view fields) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace serverpulse::http::testing
