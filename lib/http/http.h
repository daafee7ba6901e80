// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The one HTTP interface of every listener of every program (RFC 9110, RFC 9112). Nothing above
// lib/http can tell what serves it. The order of events for a request:
//
//   head parsed → Admission decides on the headers (authentication, rate, memory) → the route's
//   Handler is chosen, the body limit applied (413 on Content-Length alone), 100-continue sent →
//   body arrives (whole, or in pieces for a streaming handler) → Reply::send from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serverpulse::http {

struct Header {
  std::string_view name;
  std::string_view value;
};

/// Who is at the other end.
struct Peer {
  std::string address;  ///< "192.0.2.1", "2001:db8::1"; empty on a Unix socket.
  std::uint16_t port = 0;
  bool unix_socket = false;
  bool tls = false;
  std::string certificate_subject;  ///< Of a verified client certificate, RFC 2253; else empty.
  std::vector<std::string> certificate_names;  ///< Its DNS, IP, e-mail and URI alternative names.
};

/// A request's head. Immutable; valid until its Reply has been sent or dropped.
class Request {
 public:
  virtual ~Request() = default;
  [[nodiscard]] virtual std::string_view method() const = 0;
  /// As sent: origin form, still percent-encoded, without the query.
  [[nodiscard]] virtual std::string_view path() const = 0;
  /// What follows '?', still encoded; empty without one.
  [[nodiscard]] virtual std::string_view query() const = 0;
  [[nodiscard]] virtual std::span<const Header> headers() const = 0;
  [[nodiscard]] virtual const Peer& peer() const = 0;

  /// The first header of that name (any case), without white space around it.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// The decoded values of `key` ("collect[]") in a query, in order. '+' and %xx are decoded; a
/// malformed escape stays as it is.
[[nodiscard]] std::vector<std::string> query_values(std::string_view query, std::string_view key);

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// `body` as text/plain; charset=utf-8.
  [[nodiscard]] static Response text(int status, std::string body);
};

/// The right and duty to answer one request. Move-only. Thread rule: any thread, once; the server
/// may meanwhile have lost the client, then the answer is dropped. Destroyed unsent: answers 500.
class Reply {
 public:
  class Channel {
   public:
    virtual ~Channel() = default;
    virtual void send(Response response) noexcept = 0;
    [[nodiscard]] virtual bool hold(std::uint64_t bytes) noexcept = 0;
  };
  explicit Reply(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply();
  void send(Response response) noexcept;
  /// Counts `bytes` that a streaming handler keeps against the server's memory budget, until this
  /// reply has been sent. False: the budget would be passed; answer 503 and keep nothing.
  [[nodiscard]] bool hold(std::uint64_t bytes) noexcept;
  /// Whether the answer is still owed: not sent, not moved from.
  [[nodiscard]] explicit operator bool() const { return channel_ != nullptr; }

 private:
  std::shared_ptr<Channel> channel_;
};

/// Takes a body in pieces. Loop thread; must not block. Destroyed without finish(): the client
/// went away or broke the rules.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  virtual void data(std::string_view piece) noexcept = 0;
  virtual void finish() noexcept = 0;
};

/// What answers the requests of a path. Called on the loop thread, must not block. An exception
/// that leaves a handler is answered 500 by the server.
class Handler {
 public:
  virtual ~Handler() = default;
  /// Bytes of body this handler takes. More is refused with 413, on the headers alone if they say.
  [[nodiscard]] virtual std::uint64_t body_limit() const { return 0; }
  /// For a streaming handler: takes over the request once its headers are admitted. Null (the
  /// default): the body is collected, then handle() is called.
  virtual std::unique_ptr<BodyReader> stream(const Request& request, Reply& reply) {
    static_cast<void>(request);
    static_cast<void>(reply);
    return nullptr;
  }
  virtual void handle(const Request& request, std::string body, Reply reply) = 0;
};

/// Decides on a request by its head alone, before any of its body is read. One Admission is asked
/// per listener; they chain.
class Admission {
 public:
  virtual ~Admission() = default;
  /// nullopt: go on. A response: refused with it.
  using Verdict = std::optional<Response>;
  /// Either answers at once (true, `verdict` set) or returns false and calls `later` once, from
  /// any thread: slow proofs (bcrypt) never run on the loop.
  virtual bool decide(const Request& request, Verdict& verdict,
                      std::function<void(Verdict)> later) = 0;
  /// The client of `request`, of which decide() has returned false, has gone: `later` need not be
  /// called any more.
  virtual void forget(const Request& request) noexcept { static_cast<void>(request); }
};

/// Paths to handlers. A path is compared whole. A known path with another method is answered 405
/// with Allow; HEAD is GET without the body; an unknown path is answered 404.
class Router {
 public:
  using Function = std::function<void(const Request&, std::string body, Reply)>;
  void add(std::string method, std::string path, std::shared_ptr<Handler> handler);
  /// A handler without streaming, as a function.
  void add(std::string method, std::string path, Function function, std::uint64_t body_limit = 0);

  struct Found {
    Handler* handler = nullptr;
    std::string allow;       ///< When the path is known but not with that method.
    std::string_view route;  ///< The path, as long as the Router lives; empty when unknown.
  };
  [[nodiscard]] Found find(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::string path;
    std::shared_ptr<Handler> handler;
  };
  std::vector<Route> routes_;
};

}  // namespace serverpulse::http
