// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Server: serves a Router on sockets. HTTP/1.1 and 1.0 (RFC 9110, RFC 9112), plain or over TLS,
// from one thread that never blocks: epoll, OpenSSL, a strict parser. What it refuses it refuses
// on the head alone where that is possible, and every wait of a client's has a dead-line that
// counts from its start, so sending one byte a second gains nothing.
// Why not a ready-made server: docs/decisions/0002-http-server.md.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/http.h"
#include "http/tls.h"
#include "log/log.h"

namespace serverpulse::http {

/// How much of what a server holds. Over a limit the client is told by status.
struct Limits {
  std::size_t head = std::size_t{16} * 1024;   ///< Bytes of request line and headers: 431.
  std::size_t target = std::size_t{8} * 1024;  ///< Bytes of the request target: 414.
  std::size_t headers = 100;                   ///< Header fields: 431.
  std::size_t connections = 20000;         ///< At once. One more closes another (Loop::Place); when
                                           ///< none may be, it waits in the kernel's queue.
  std::size_t reserved_descriptors = 256;  ///< Of RLIMIT_NOFILE, for the program's own files: the
                                           ///< rest, but at least half, bounds `connections` too.
  unsigned requests_per_route = 0;         ///< At once in one route's handler: 503. 0: no limit.
  std::uint64_t body_budget = std::uint64_t{64}
                              << 20;  ///< Bytes of all bodies being collected or handled: 503.
};

/// How long a client may take. Each counts from the start of what it names; none starts over.
struct Deadlines {
  using Duration = std::chrono::milliseconds;
  Duration handshake{10'000};  ///< TLS handshake: closed.
  Duration head{10'000};       ///< From the first byte of a request to the end of its head: 408.
  Duration body{60'000};       ///< From the end of the head to the end of the body: 408.
  Duration idle{120'000};      ///< Between two requests: closed.
  Duration write{30'000};      ///< To take an answer, and a second more for each 64 KiB: closed.
  Duration linger{2'000};      ///< After a last answer, until the client closes: closed.
};

/// One answered request, for the programs' own metrics.
struct Observation {
  std::string_view route;   ///< The path of a route, else "other": bounded in number.
  std::string_view method;  ///< One of RFC 9110's, else "other".
  int status = 0;
  std::chrono::nanoseconds duration{0};  ///< From the end of the head to the answer's last byte.
  std::uint64_t response_bytes = 0;      ///< Head and body, as handed to the transport.
};

/// Thread rule: loop thread; must not block.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void observe(const Observation& seen) noexcept = 0;
};

/// Fields for every response; a response's own field of the same name wins.
using ExtraHeaders = std::vector<std::pair<std::string, std::string>>;

/// Where the extra fields come from. Thread rule: loop thread; must not block.
class HeaderSource {
 public:
  virtual ~HeaderSource() = default;
  /// Asked once a response. Null: none.
  [[nodiscard]] virtual std::shared_ptr<const ExtraHeaders> headers() = 0;
};

/// Counted since the start, but for the gauges. Any thread may read.
struct Stats {
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_open{0};     ///< Gauge.
  std::atomic<std::uint64_t> connections_evicted{0};  ///< Closed to make room for others.
  std::atomic<std::uint64_t> accept_pauses{0};        ///< Out of descriptors or connections.
  std::atomic<std::uint64_t> tls_handshake_failures{0};
  std::atomic<std::uint64_t> deadlines_missed{0};
  std::atomic<std::uint64_t> requests{0};            ///< Heads that were parsed or refused.
  std::atomic<std::uint64_t> requests_in_flight{0};  ///< Gauge: in admission, body or handler.
  std::atomic<std::uint64_t> body_bytes_held{0};     ///< Gauge: of Limits::body_budget.
  std::atomic<std::uint64_t> bytes_received{0};      ///< Of HTTP, after decryption.
  std::atomic<std::uint64_t> bytes_sent{0};
};

struct ServerOptions {
  /// ":9100" (every IPv4 and IPv6 address), "host:port", "[::1]:9100", "unix:///run/x.sock". Port
  /// 0: any free one. A Unix socket gets mode 0660, replaces a file nobody listens on, is removed
  /// at stop.
  std::vector<std::string> listen;
  /// Serve the descriptors systemd hands over (sd_listen_fds(3)) instead of `listen`.
  bool systemd_socket = false;
  Limits limits;
  Deadlines deadlines;
};

/// What the server asks; each may be null and must outlive the server.
struct ServerHooks {
  TlsSource* tls = nullptr;         ///< Null: plain HTTP.
  Admission* admission = nullptr;   ///< Null: everyone is admitted.
  HeaderSource* headers = nullptr;  ///< Null: no extra fields.
  Observer* observer = nullptr;
};

class Loop;

/// Thread rule: one thread, but for stats(). Handlers and hooks are called on the loop thread.
class Server {
 public:
  /// Binds, listens and starts the loop thread. Errors name the address and what failed. `logger`
  /// must outlive the server.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router,
                                               const log::Logger& logger, ServerHooks hooks = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// As stop(0).
  ~Server();

  /// Where it listens, as `listen` spells it, with the real port: "127.0.0.1:43211",
  /// "[::]:9100", "unix:///run/x.sock". In the order of `listen`.
  [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
  [[nodiscard]] const Stats& stats() const { return *stats_; }

  /// Stops accepting, closes idle connections, lets requests in flight finish for at most
  /// `grace`, then closes the rest. Blocks until that is done. A second call does nothing.
  void stop(std::chrono::milliseconds grace);

 private:
  Server();
  std::shared_ptr<Stats> stats_;
  std::vector<std::string> addresses_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace serverpulse::http
