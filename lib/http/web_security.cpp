// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/web_security.h"

#include <algorithm>
#include <utility>

#include "http/bcrypt.h"
#include "http/credentials.h"
#include "http/watched_files.h"

namespace serverpulse::http {
namespace {

constexpr std::size_t kFileLimit = std::size_t{1} << 20U;
constexpr std::chrono::seconds kLookEvery{1};
constexpr std::chrono::milliseconds kSettle{200};
constexpr unsigned kSlowCost = 15;  // From here on a proof takes seconds.

Response refuse(int status, std::string reason, std::string header, std::string value) {
  auto response = Response::text(status, std::move(reason) + "\n");
  response.headers.emplace_back(std::move(header), std::move(value));
  return response;
}

Response too_many(const RateLimit& limit) {
  const auto wait = std::chrono::ceil<std::chrono::seconds>(limit.interval);
  return refuse(429, "Too Many Requests", "Retry-After", std::to_string(wait.count()));
}

Response unauthorized() {
  return refuse(401, "Unauthorized", "WWW-Authenticate", "Basic realm=\"ServerPulse\"");
}

Admission::Verdict verdict_of(BasicAuth::Answer answer) {
  switch (answer) {
    case BasicAuth::Answer::accepted:
      return std::nullopt;
    case BasicAuth::Answer::denied:
      return unauthorized();
    case BasicAuth::Answer::busy:
      break;
  }
  return refuse(503, "Too many passwords to check", "Retry-After", "1");
}

}  // namespace

Result<std::unique_ptr<WebSecurity>> WebSecurity::open(std::string file, const Clock& clock,
                                                       const log::Logger& logger) {
  std::unique_ptr<WebSecurity> web(new WebSecurity(std::move(file), clock, logger));
  if (web->file_.empty()) return web;
  web->seen_ = fingerprint({web->file_});
  auto config = web->read_file();
  if (!config) return fail(config);
  auto context = web->read_tls(*config);
  if (!context) return fail(context);
  web->tls_ = config->tls.has_value();
  web->context_ = std::move(*context);
  web->next_look_ = clock.steady() + kLookEvery;
  web->warn_about(*config);
  if (config->http2.value_or(false)) {
    logger.info("http2 has no effect: this server speaks HTTP/1.1", {{"file", web->file_}});
  }
  web->apply(std::move(*config));
  return web;
}

Result<WebConfig> WebSecurity::read_file() const {
  const auto text = read_whole(file_, kFileLimit);
  if (!text) return fail(text);
  return parse_web_config(*text, file_);
}

// Null without TLS. REQUIRES: seen_ is the file's fingerprint. Each fingerprint is taken before
// what it stands for is read, so that a change in between is seen the next time.
Result<TlsContext> WebSecurity::read_tls(const WebConfig& config) {
  watched_ = {file_};
  if (!config.tls) return TlsContext();
  const auto named = tls_files(*config.tls);
  watched_.insert(watched_.end(), named.begin(), named.end());
  seen_ += fingerprint(named);
  const auto material = read_tls_material(*config.tls);
  if (!material) return fail(file_ + ": " + material.error().message);
  auto context = make_tls_context(*config.tls, *material);
  if (!context) return fail(file_ + ": " + context.error().message);
  return context;
}

// REQUIRES: context_ is that of `config`, if it could be made.
void WebSecurity::warn_about(const WebConfig& config) const {
  if (config.tls) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall()).count();
    for (const auto& warning : tls_warnings(*config.tls, context_, now)) {
      logger_.warn("tls_server_config: " + warning, {{"file", file_}});
    }
  }
  const auto slow = std::count_if(config.users.begin(), config.users.end(), [](const auto& user) {
    return bcrypt_cost(user.second).value_or(0) >= kSlowCost;
  });
  if (slow != 0) {
    logger_.warn(
        "basic_auth_users: a bcrypt cost of 15 or more takes seconds for each new "
        "password and delays the program's end; 10 to 12 is usual",
        {{"file", file_}, {"users", slow}});
  }
  if (config.rate_limit.interval.count() != 0 && config.rate_limit.burst == 0) {
    logger_.warn("rate_limit: a burst of 0 refuses every request", {{"file", file_}});
  }
}

void WebSecurity::apply(WebConfig config) {
  if (config.rate_limit != config_.rate_limit) limiter_.set(config.rate_limit);
  if (config.users != config_.users) {
    if (auth_) {
      auth_->set_users(config.users);
    } else {
      auth_ = std::make_unique<BasicAuth>(config.users);
    }
  }
  headers_ = std::make_shared<const ExtraHeaders>(config.headers);
  config_ = std::move(config);
}

// REQUIRES: mutex_ is held.
void WebSecurity::refresh() {
  if (file_.empty()) return;
  const auto now = clock_.steady();
  if (now < next_look_) return;
  next_look_ = now + kLookEvery;
  if (fingerprint(watched_) == seen_) return;
  // A file that is just being written may be cut off where it says least: before its users.
  const auto age = clock_.wall() - last_written(watched_);
  if (age.count() >= 0 && age < kSettle) {
    next_look_ = now + kSettle;
    return;
  }
  read_again();
}

// REQUIRES: mutex_ is held.
void WebSecurity::read_again() {
  seen_ = fingerprint({file_});
  auto config = read_file();
  const bool good = config.has_value();
  if (!good) {
    logger_.error("web configuration not usable, the last good one stays in use",
                  {{"file", file_}, {"err", config.error().message}});
    config = config_;
  } else if (config->tls.has_value() != tls_) {
    logger_.error(tls_ ? "TLS cannot be switched off without a restart, stays on"
                       : "TLS cannot be switched on without a restart, stays off",
                  {{"file", file_}});
    config->tls = config_.tls;
  }
  auto context = read_tls(*config);
  if (context) {
    context_ = std::move(*context);
    if (good) logger_.info("web configuration read again", {{"file", file_}});
  } else {
    logger_.error("TLS configuration not usable, the last good one stays in use",
                  {{"file", file_}, {"err", context.error().message}});
  }
  warn_about(*config);
  apply(std::move(*config));
}

ssl_ctx_st* WebSecurity::context() {
  const std::lock_guard lock(mutex_);
  refresh();
  return context_ ? share(context_) : nullptr;
}

std::shared_ptr<const ExtraHeaders> WebSecurity::headers() {
  const std::lock_guard lock(mutex_);
  return headers_;
}

void WebSecurity::forget(const Request& request) noexcept {
  BasicAuth* auth = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auth = auth_.get();
  }
  if (auth != nullptr) auth->forget(&request);
}

bool WebSecurity::decide(const Request& request, Verdict& verdict,
                         std::function<void(Verdict)> later) {
  BasicAuth* auth = nullptr;
  {
    const std::lock_guard lock(mutex_);
    refresh();
    if (!limiter_.allow(clock_.steady())) {
      verdict = too_many(config_.rate_limit);
      return true;
    }
    if (!config_.users.empty()) auth = auth_.get();
  }
  verdict.reset();
  if (auth == nullptr) return true;
  const auto header = request.header("Authorization");
  const auto credentials = header ? parse_basic(*header) : std::nullopt;
  if (!credentials) {
    verdict = unauthorized();
    return true;
  }
  const auto answer = auth->check(
      *credentials, request.peer().address,
      [later = std::move(later)](BasicAuth::Answer known) { later(verdict_of(known)); }, &request);
  if (!answer) return false;
  verdict = verdict_of(*answer);
  return true;
}

}  // namespace serverpulse::http
