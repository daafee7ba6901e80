// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Sockets and OpenSSL, non-blocking. OpenSSL's socket BIO writes without MSG_NOSIGNAL, hence the
// loop's blocked SIGPIPE. Its error queue belongs to the thread, so it is emptied before each call.
#include "http/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "http/peer_certificate.h"

namespace serverpulse::http {
namespace {

constexpr std::size_t kMostOfOneWrite = 1 << 20;

Transport::Io of_errno(int code) {
  const bool again = code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
  return {0, again ? Transport::State::want_read : Transport::State::failed};
}

}  // namespace

Transport::Transport(Fd fd, ssl_ctx_st* context) : fd_(std::move(fd)), tls_(context != nullptr) {
  if (!tls_) return;
  ssl_ = ::SSL_new(context);
  ::SSL_CTX_free(context);  // the SSL holds its own reference
  if (ssl_ == nullptr) return;
  ::SSL_set_mode(ssl_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                           SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // HTTP says itself where a message ends, so a connection cut without close_notify loses nothing.
  ::SSL_set_options(ssl_, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  ::SSL_set_fd(ssl_, fd_.get());
  ::SSL_set_accept_state(ssl_);
}

Transport::~Transport() {
  ::SSL_free(ssl_);
}

Transport::State Transport::handshake() {
  if (!tls_) return State::ok;
  if (ssl_ == nullptr) return State::failed;
  ::ERR_clear_error();
  const int result = ::SSL_do_handshake(ssl_);
  if (result == 1) return State::ok;
  met_plain_http_ = ERR_GET_REASON(::ERR_peek_error()) == SSL_R_HTTP_REQUEST;
  return judge(result);
}

void Transport::drop_tls() {
  ::SSL_free(std::exchange(ssl_, nullptr));
  tls_ = false;
}

void Transport::describe_certificate(Peer& peer) const {
  if (ssl_ != nullptr) http::describe_certificate(*ssl_, peer);
}

Transport::State Transport::judge(int result) {
  switch (::SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return State::want_read;
    case SSL_ERROR_WANT_WRITE:
      return State::want_write;
    case SSL_ERROR_ZERO_RETURN:
      return State::end;
    default:
      broken_ = true;
      return State::failed;
  }
}

Transport::Io Transport::read(std::span<char> into) {
  if (!tls_) {
    const auto got = ::recv(fd_.get(), into.data(), into.size(), 0);
    if (got < 0) return of_errno(errno);
    return {static_cast<std::size_t>(got), got == 0 ? State::end : State::ok};
  }
  if (broken_) return {0, State::failed};
  ::ERR_clear_error();
  std::size_t got = 0;
  const int result = ::SSL_read_ex(ssl_, into.data(), into.size(), &got);
  return {got, result == 1 ? State::ok : judge(result)};
}

Transport::Io Transport::write(std::string_view first, std::string_view second) {
  if (!tls_) {
    std::array<iovec, 2> parts{
        iovec{const_cast<char*>(first.data()), first.size()},    // NOLINT: sendmsg only reads
        iovec{const_cast<char*>(second.data()), second.size()},  // NOLINT
    };
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const auto sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (sent >= 0) return {static_cast<std::size_t>(sent), State::ok};
    const Io io = of_errno(errno);
    return {0, io.state == State::want_read ? State::want_write : io.state};
  }
  if (broken_) return {0, State::failed};
  ::ERR_clear_error();
  const auto part = first.empty() ? second : first;
  std::size_t sent = 0;
  const int result =
      ::SSL_write_ex(ssl_, part.data(), std::min(part.size(), kMostOfOneWrite), &sent);
  return {sent, result == 1 ? State::ok : judge(result)};
}

void Transport::shutdown_write() {
  if (tls_ && ssl_ != nullptr && !broken_ && ::SSL_is_init_finished(ssl_) == 1) {
    ::ERR_clear_error();
    ::SSL_shutdown(ssl_);
  }
  ::shutdown(fd_.get(), SHUT_WR);
}

Transport::Io Transport::discard(std::span<char> scratch) {
  const auto got = ::recv(fd_.get(), scratch.data(), scratch.size(), 0);
  if (got < 0) return of_errno(errno);
  return {static_cast<std::size_t>(got), got == 0 ? State::end : State::ok};
}

}  // namespace serverpulse::http
