// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// WebSecurity: what --web.config.file asks of a listener, put together: its TLS context, who is
// admitted (rate limit first, then basic authentication, as upstream) and the headers of every
// response. docs/web-config.md is the reference for users.
//
// The file and what it names are looked at again (stat(2), at most once a second, when a client
// comes). What has changed is used from the next connection on; what has changed for the worse is
// logged once, and what was read last stays in use, certificates and the rest each for itself: a
// broken file does not stop a renewal, nor a broken renewal the removal of a user. TLS cannot be
// switched on or off so.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/basic_auth.h"
#include "http/http.h"
#include "http/rate_limit.h"
#include "http/server.h"
#include "http/tls.h"
#include "http/tls_config.h"
#include "http/web_config.h"
#include "log/log.h"

namespace serverpulse::http {

/// Thread rule: any thread. Destroyed after the server that asks it; the destructor may wait for
/// the password proofs being worked out (basic_auth.h).
class WebSecurity final : public TlsSource, public Admission, public HeaderSource {
 public:
  /// Reads `file` and all that it names; empty: no file, everything is open. `clock` and `logger`
  /// outlive the result. Errors name the file, and the line where there is one.
  static Result<std::unique_ptr<WebSecurity>> open(std::string file, const Clock& clock,
                                                   const log::Logger& logger);

  [[nodiscard]] ssl_ctx_st* context() override;
  bool decide(const Request& request, Verdict& verdict,
              std::function<void(Verdict)> later) override;
  void forget(const Request& request) noexcept override;
  [[nodiscard]] std::shared_ptr<const ExtraHeaders> headers() override;

  /// Whether the listener speaks TLS; never changes.
  [[nodiscard]] bool tls() const { return tls_; }

 private:
  WebSecurity(std::string file, const Clock& clock, const log::Logger& logger)
      : file_(std::move(file)), clock_(clock), logger_(logger) {}

  [[nodiscard]] Result<WebConfig> read_file() const;
  Result<TlsContext> read_tls(const WebConfig& config);
  void apply(WebConfig config);
  void warn_about(const WebConfig& config) const;
  void refresh();
  void read_again();

  const std::string file_;
  const Clock& clock_;
  const log::Logger& logger_;
  bool tls_ = false;
  RateLimiter limiter_;

  std::mutex mutex_;                  // Guards all below.
  std::vector<std::string> watched_;  // The file and what its TLS names.
  std::string seen_;                  // fingerprint(watched_) from just before they were read.
  std::chrono::nanoseconds next_look_{0};
  WebConfig config_;
  TlsContext context_;
  std::shared_ptr<const ExtraHeaders> headers_;
  std::unique_ptr<BasicAuth> auth_;  // Once made it stays.
};

}  // namespace serverpulse::http
