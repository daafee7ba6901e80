// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What a connection does with a request: asks for admission, finds the route, takes the body under
// its limits, calls the handler, spells the answer. Where it must refuse it does so as early as it
// knows, and closes afterwards unless the whole request has been read.
#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "http/connection.h"
#include "http/response_head.h"

namespace serverpulse::http {
namespace {

constexpr std::array<std::string_view, 9> kMethods{"GET",   "HEAD",    "POST",  "PUT",    "DELETE",
                                                   "PATCH", "OPTIONS", "TRACE", "CONNECT"};
// Up to this many bytes a body is copied behind its head: one packet, or one TLS record.
constexpr std::size_t kCopiedBody = 4 * 1024;
constexpr std::size_t kCopiedBodyTls = 15 * 1024;
constexpr std::size_t kReservedBody = 256 * 1024;  // on a client's word alone
constexpr std::size_t kBytesASecond = 64 * 1024;   // that a slow reader must still take

Response busy(std::string_view why) {
  auto response = Response::text(503, std::string(why) + ", try again later.\n");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

/// Calls what is not ours. False: it threw.
template <class Action>
bool Connection::guard(const Action& action) const {
  std::string problem = "an exception that is no std::exception";
  try {
    action();
    return true;
  } catch (const std::exception& thrown) {
    problem = thrown.what();
  } catch (...) {
  }
  service().logger->error("HTTP handler failed",
                          {{"path", exchange_->route}, {"err", std::move(problem)}});
  return false;
}

void Connection::on_head() {
  auto& exchange = *exchange_;
  const auto& request = exchange.parser.request();
  loop_->clear_deadline(*this);
  ++service().stats->requests;
  ++request_;
  exchange.started = loop_->now();
  exchange.ticket = std::make_shared<Ticket>(service().stats, service().limits.body_budget);
  exchange.body_whole = request->framing() == Framing::none;
  const auto* const known = std::find(kMethods.begin(), kMethods.end(), request->method());
  if (known != kMethods.end()) exchange.method = *known;
  phase_ = Phase::admission;
  loop_->set_place(*this, Loop::Place::safe);
  Admission::Verdict verdict;
  auto* const admission = service().hooks.admission;
  bool decided = true;
  const bool asked = guard([&] {
    if (admission == nullptr) return;
    decided = admission->decide(*request, verdict,
                                make_later(loop_->mailbox(), {id_, request_}, request));
  });
  if (!asked) verdict = Response::text(500, "Internal Server Error\n");
  if (decided) admitted(std::move(verdict));
}

void Connection::admitted(Admission::Verdict verdict) {
  if (verdict) return respond(std::move(*verdict));
  const auto& request = *exchange_->parser.request();
  auto found = service().router.find(request.method(), request.path());
  if (!found.route.empty()) exchange_->route = found.route;
  if (found.handler != nullptr) {
    exchange_->handler = found.handler;
    return route();
  }
  if (exchange_->method == "other") return respond(Response::text(501, "Not Implemented\n"));
  if (found.allow.empty()) return respond(Response::text(404, "Not Found\n"));
  auto response = Response::text(405, "Method Not Allowed\n");
  response.headers.emplace_back("Allow", std::move(found.allow));
  respond(std::move(response));
}

void Connection::route() {
  auto& exchange = *exchange_;
  const auto& request = exchange.parser.request();
  if (request->framing() == Framing::length &&
      request->content_length() > exchange.handler->body_limit()) {
    return respond(Response::text(413, "Content Too Large\n"));
  }
  const unsigned most = service().limits.requests_per_route;
  if (!exchange.ticket->enter(loop_->requests_of(*exchange.handler), most)) {
    return respond(busy("Limit of concurrent requests reached (" + std::to_string(most) + ")"));
  }
  exchange.reply.emplace(make_reply(loop_->mailbox(), {id_, request_}, request, exchange.ticket));
  phase_ = Phase::handling;
  if (!guard([&] { exchange.reader = exchange.handler->stream(*request, *exchange.reply); })) {
    exchange.reply.reset();  // answers 500
    return;
  }
  if (!exchange.reader && !*exchange.reply) return;  // answered on the head alone
  start_body();
}

void Connection::start_body() {
  auto& exchange = *exchange_;
  const auto& request = *exchange.parser.request();
  if (exchange.body_whole) return on_body();
  loop_->set_deadline(*this, service().deadlines.body);
  if (!exchange.reader && request.framing() == Framing::length) {
    exchange.body.reserve(std::min<std::uint64_t>(request.content_length(), kReservedBody));
  }
  phase_ = Phase::body;
  if (!request.expects_continue()) return;
  exchange.head_out = "HTTP/1.1 100 Continue\r\n\r\n";
  phase_ = Phase::interim;
}

/// A piece of body. False: over a limit, and the answer is under way.
bool Connection::take_body(std::string_view piece) {
  auto& exchange = *exchange_;
  exchange.body_bytes += piece.size();
  if (exchange.body_bytes > exchange.handler->body_limit()) {
    respond(Response::text(413, "Content Too Large\n"));
    return false;
  }
  if (exchange.reader) {
    exchange.reader->data(piece);
    return true;
  }
  if (!exchange.ticket->hold(piece.size())) {
    respond(busy("Too many bytes in requests under way"));
    return false;
  }
  exchange.body.append(piece);
  return true;
}

void Connection::on_body() {
  auto& exchange = *exchange_;
  exchange.body_whole = true;
  loop_->clear_deadline(*this);
  phase_ = Phase::handling;
  if (exchange.reader) {
    exchange.reader->finish();
    exchange.reader.reset();
    return;
  }
  // Where the handler throws, its Reply is destroyed on the way out, which answers 500.
  guard([&] {
    Reply reply = std::move(*exchange.reply);
    exchange.reply.reset();
    exchange.handler->handle(*exchange.parser.request(), std::move(exchange.body),
                             std::move(reply));
  });
}

void Connection::respond(Response response) {
  auto& exchange = *exchange_;
  const auto* const request = exchange.parser.request().get();
  if (!is_sound(response)) {
    service().logger->error("a handler's response was not sound: answered 500",
                            {{"path", exchange.route}, {"status", response.status}});
    response = Response::text(500, "Internal Server Error\n");
  }
  exchange.reader.reset();
  exchange.reply.reset();
  exchange.ticket.reset();
  exchange.status = response.status;
  exchange.keep_alive = exchange.body_whole && exchange.parser.keep_alive() && !loop_->draining() &&
                        !(end_ && in_.empty());
  const auto extra =
      service().hooks.headers == nullptr ? nullptr : service().hooks.headers->headers();
  exchange.head_out +=
      response_head(response, {exchange.keep_alive, request != nullptr && request->http_1_0(),
                               extra.get(), std::chrono::system_clock::now()});
  const bool head_only = request != nullptr && request->method() == "HEAD";
  if (!head_only && has_content(response.status)) exchange.body_out = std::move(response.body);
  if (exchange.body_out.size() <= (transport_.tls() ? kCopiedBodyTls : kCopiedBody)) {
    exchange.head_out += std::exchange(exchange.body_out, {});
  }
  phase_ = Phase::writing;
  loop_->set_place(*this, Loop::Place::safe);
  const auto extra_time = std::chrono::seconds(exchange.body_out.size() / kBytesASecond);
  loop_->set_deadline(*this, service().deadlines.write + extra_time);
}

void Connection::refuse(Refusal refusal) {
  // A body over its limit has been answered by take_body.
  if (phase_ == Phase::writing) return;
  if (!exchange_->ticket) ++service().stats->requests;
  exchange_->body_whole = false;
  respond(Response::text(refusal.status, std::string(refusal.reason) + "\n"));
}

void Connection::observe() const {
  if (service().hooks.observer == nullptr) return;
  service().hooks.observer->observe({exchange_->route, exchange_->method, exchange_->status,
                                     loop_->now() - exchange_->started, exchange_->written});
}

}  // namespace serverpulse::http
