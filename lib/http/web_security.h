// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// WebSecurity: what --web.config.file asks of a listener, put together: its TLS context, who is
// admitted (rate limit first, then basic authentication, as upstream) and the headers of every
// response. docs/web-config.md is the reference for users.
//
// The file and what it names are looked at again (stat(2), at most once a second, when a client
// comes), on a thread of its own: a file system that hangs holds up neither this client nor later
// ones. What has changed is used once it is read; what has changed for the worse is
// logged once, and what was read last stays in use, certificates and the rest each for itself: a
// broken file does not stop a renewal, nor a broken renewal the removal of a user. TLS cannot be
// switched on or off so.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/basic_auth.h"
#include "http/http.h"
#include "http/rate_limit.h"
#include "http/server.h"
#include "http/tls.h"
#include "http/tls_config.h"
#include "http/watched_files.h"
#include "http/web_config.h"
#include "log/log.h"

namespace serverpulse::http {

/// Thread rule: any thread. Destroyed after the server that asks it; the destructor waits for the
/// password proofs being worked out (basic_auth.h) and for a look at the files that is under way,
/// which on a file system that hangs may be for ever: a program that must end ends without it.
class WebSecurity final : public TlsSource, public Admission, public HeaderSource {
 public:
  /// Tells files apart from what they were, as fingerprint() does.
  using Look = std::function<std::string(const std::vector<std::string>& paths)>;

  /// Reads `file` and all that it names; empty: no file, everything is open. `clock` and `logger`
  /// outlive the result. Errors name the file, and the line where there is one. `look`: for tests.
  static Result<std::unique_ptr<WebSecurity>> open(std::string file, const Clock& clock,
                                                   const log::Logger& logger,
                                                   Look look = fingerprint);

  [[nodiscard]] ssl_ctx_st* context() override;
  bool decide(const Request& request, Verdict& verdict,
              std::function<void(Verdict)> later) override;
  void forget(const Request& request) noexcept override;
  [[nodiscard]] std::shared_ptr<const ExtraHeaders> headers() override;

  /// Whether the listener speaks TLS; never changes.
  [[nodiscard]] bool tls() const { return tls_; }

  /// Waits for the look at the files that is under way, if one is. For tests.
  void finish_look();

 private:
  // What clients meet. Never changed, only replaced.
  struct Snapshot {
    TlsContext context;
    std::shared_ptr<const ExtraHeaders> headers;
    RateLimit rate_limit;
    bool authenticate = false;
    std::shared_ptr<BasicAuth> auth;  // Once made it stays.
  };

  WebSecurity(std::string file, const Clock& clock, const log::Logger& logger, Look look)
      : file_(std::move(file)), clock_(clock), logger_(logger), look_(std::move(look)) {}

  [[nodiscard]] std::shared_ptr<const Snapshot> ask_for_look();
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const;

  // While open() runs its thread's, then the watcher's.
  [[nodiscard]] Result<WebConfig> read_file() const;
  Result<TlsContext> read_tls(const WebConfig& config);
  void apply(WebConfig config);
  void warn_about(const WebConfig& config, std::chrono::nanoseconds wall) const;
  void watch(const std::stop_token& stop);
  bool refresh(std::chrono::nanoseconds wall);
  void read_again(std::chrono::nanoseconds wall);

  const std::string file_;
  const Clock& clock_;
  const log::Logger& logger_;
  const Look look_;
  bool tls_ = false;
  RateLimiter limiter_;

  // As those functions.
  std::vector<std::string> watched_;  // The file and what its TLS names.
  std::string seen_;                  // look_(watched_) from just before they were read.
  WebConfig config_;
  TlsContext context_;

  mutable std::mutex mutex_;  // Guards all below, and is never held for long.
  std::condition_variable_any changed_;
  std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<const Snapshot>();
  bool looking_ = false;  // Asked for or under way.
  std::chrono::nanoseconds asked_at_{0};
  std::chrono::nanoseconds asked_wall_{0};
  std::chrono::nanoseconds next_look_{0};
  std::jthread watcher_;  // Last, so that it ends first.
};

}  // namespace serverpulse::http
