// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/web_security.h"

#include <algorithm>
#include <exception>
#include <system_error>
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
                                                       const log::Logger& logger, Look look) {
  std::unique_ptr<WebSecurity> web(
      new WebSecurity(std::move(file), clock, logger, std::move(look)));
  if (web->file_.empty()) return web;
  web->seen_ = web->look_({web->file_});
  auto config = web->read_file();
  if (!config) return fail(config);
  auto context = web->read_tls(*config);
  if (!context) return fail(context);
  web->tls_ = config->tls.has_value();
  web->context_ = std::move(*context);
  web->next_look_ = clock.steady() + kLookEvery;
  web->warn_about(*config, clock.wall());
  if (config->http2.value_or(false)) {
    logger.info("http2 has no effect: this server speaks HTTP/1.1", {{"file", web->file_}});
  }
  web->apply(std::move(*config));
  try {
    auto* const self = web.get();
    web->watcher_ = std::jthread([self](const std::stop_token& stop) { self->watch(stop); });
  } catch (const std::system_error& problem) {
    return fail(web->file_ + ": cannot be watched: " + problem.what());
  }
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
  seen_ += look_(named);
  const auto material = read_tls_material(*config.tls);
  if (!material) return fail(file_ + ": " + material.error().message);
  auto context = make_tls_context(*config.tls, *material);
  if (!context) return fail(file_ + ": " + context.error().message);
  return context;
}

// REQUIRES: context_ is that of `config`, if it could be made.
void WebSecurity::warn_about(const WebConfig& config, std::chrono::nanoseconds wall) const {
  if (config.tls) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(wall).count();
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

// REQUIRES: context_ is that of `config`, if it could be made.
void WebSecurity::apply(WebConfig config) {
  const auto before = snapshot();
  auto next = std::make_shared<Snapshot>();
  next->auth = before->auth;
  if (config.rate_limit != config_.rate_limit) limiter_.set(config.rate_limit);
  if (config.users != config_.users) {
    if (config.users.empty()) {
      logger_.warn("basic_auth_users: there are none any more, no password is asked for",
                   {{"file", file_}});
    }
    if (next->auth) {
      next->auth->set_users(config.users);
    } else {
      next->auth = std::make_shared<BasicAuth>(config.users);
    }
  }
  if (context_) next->context = TlsContext(share(context_));
  next->headers = std::make_shared<const ExtraHeaders>(config.headers);
  next->rate_limit = config.rate_limit;
  next->authenticate = !config.users.empty();
  config_ = std::move(config);
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(next);
}

std::shared_ptr<const WebSecurity::Snapshot> WebSecurity::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

// What clients meet now; has the watcher look whether that has changed, without waiting for it.
std::shared_ptr<const WebSecurity::Snapshot> WebSecurity::ask_for_look() {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  if (!file_.empty() && !looking_ && now >= next_look_) {
    next_look_ = now + kLookEvery;
    asked_at_ = now;
    asked_wall_ = clock_.wall();
    looking_ = true;
    changed_.notify_all();
  }
  return snapshot_;
}

void WebSecurity::finish_look() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !looking_; });
}

void WebSecurity::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return looking_; }) && !stop.stop_requested()) {
    const auto wall = asked_wall_;
    lock.unlock();
    bool settled = true;
    try {
      settled = refresh(wall);
    } catch (const std::exception& problem) {  // No memory: the next look may have some.
      logger_.error("web configuration not looked at", {{"file", file_}, {"err", problem.what()}});
    }
    lock.lock();
    if (!settled) next_look_ = asked_at_ + kSettle;
    looking_ = false;
    changed_.notify_all();
  }
}

// False: something is just being written, look again soon.
bool WebSecurity::refresh(std::chrono::nanoseconds wall) {
  if (look_(watched_) == seen_) return true;
  // A file that is just being written may be cut off where it says least: before its users.
  const auto age = wall - last_written(watched_);
  if (age.count() >= 0 && age < kSettle) return false;
  read_again(wall);
  return true;
}

void WebSecurity::read_again(std::chrono::nanoseconds wall) {
  seen_ = look_({file_});
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
  warn_about(*config, wall);
  apply(std::move(*config));
}

ssl_ctx_st* WebSecurity::context() {
  const auto now = ask_for_look();
  return now->context ? share(now->context) : nullptr;
}

std::shared_ptr<const ExtraHeaders> WebSecurity::headers() {
  return snapshot()->headers;
}

void WebSecurity::forget(const Request& request) noexcept {
  const auto now = snapshot();
  if (now->auth) now->auth->forget(&request);
}

bool WebSecurity::decide(const Request& request, Verdict& verdict,
                         std::function<void(Verdict)> later) {
  const auto now = ask_for_look();
  if (!limiter_.allow(clock_.steady())) {
    verdict = too_many(now->rate_limit);
    return true;
  }
  verdict.reset();
  if (!now->authenticate) return true;
  const auto header = request.header("Authorization");
  const auto credentials = header ? parse_basic(*header) : std::nullopt;
  if (!credentials) {
    verdict = unauthorized();
    return true;
  }
  const auto answer = now->auth->check(
      *credentials, request.peer().address,
      [later = std::move(later)](BasicAuth::Answer known) { later(verdict_of(known)); }, &request);
  if (!answer) return false;
  verdict = verdict_of(*answer);
  return true;
}

}  // namespace serverpulse::http
