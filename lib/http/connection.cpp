// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// A connection's bytes: when to read, when to write, when to wait. What they mean is in
// connection_request.cpp.
#include "http/connection.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace serverpulse::http {
namespace {

constexpr unsigned kReadsATurn = 8;  // then the others have theirs

}  // namespace

Connection::Connection(Loop& loop, std::uint64_t id, Fd fd, ssl_ctx_st* context,
                       std::shared_ptr<Peer> peer)
    : loop_(&loop), id_(id), transport_(std::move(fd), context), peer_(std::move(peer)) {}

void Connection::begin() {
  loop_->set_place(*this, Loop::Place::fresh);
  if (transport_.tls()) {
    loop_->set_deadline(*this, service().deadlines.handshake);
    return;
  }
  phase_ = Phase::head;
  loop_->set_deadline(*this, service().deadlines.head);
}

void Connection::on_event(std::uint32_t events) {
  if (phase_ == Phase::admission || phase_ == Phase::handling) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0U) return abort();
    loop_->watch(*this, 0);  // bytes of a next request: later
    return;
  }
  reads_left_ = kReadsATurn;
  pump();
}

void Connection::on_message(Message message) {
  if (message.request != request_) return;
  reads_left_ = kReadsATurn;
  if (auto* const verdict = std::get_if<Admission::Verdict>(&message.content)) {
    if (phase_ != Phase::admission) return;
    admitted(std::move(*verdict));
  } else {
    if (phase_ != Phase::interim && phase_ != Phase::body && phase_ != Phase::handling) return;
    respond(std::move(std::get<Response>(message.content)));
  }
  starved_ = false;
  pump();
}

void Connection::on_deadline() {
  if (phase_ == Phase::lingering) return abort();
  if (phase_ == Phase::head && !exchange_) return close();
  ++service().stats->deadlines_missed;
  if (phase_ == Phase::head || phase_ == Phase::body) {
    refuse({408, "the request took too long to arrive"});
    reads_left_ = kReadsATurn;
    return pump();
  }
  abort();
}

void Connection::drain() {
  if (phase_ == Phase::head && !exchange_) {
    reads_left_ = kReadsATurn;
    pump();  // a request may have arrived just now
  }
  // Of half a head nothing has been acted upon: its client may ask another server.
  if (phase_ == Phase::handshake || phase_ == Phase::head) close();
}

void Connection::close() {
  if (!closed()) transport_.shutdown_write();
  abort();
}

void Connection::abort() {
  if (phase_ == Phase::admission && service().hooks.admission != nullptr) {
    service().hooks.admission->forget(*exchange_->parser.request());
  }
  phase_ = Phase::closed;
  exchange_.reset();
}

void Connection::pump() {
  for (bool more = true; more;) {
    switch (phase_) {
      case Phase::handshake:
        more = shake_hands();
        break;
      case Phase::head:
      case Phase::body:
        more = take_input();
        break;
      case Phase::interim:
      case Phase::writing:
        more = flush();
        break;
      case Phase::lingering:
        more = linger();
        break;
      case Phase::admission:
      case Phase::handling:
      case Phase::closed:
        more = false;
        break;
    }
  }
}

/// After a call that could not go on, or failed. Always false.
bool Connection::wait_for(Transport::State state) {
  if (state == Transport::State::want_read) {
    loop_->watch(*this, EPOLLIN);
  } else if (state == Transport::State::want_write) {
    loop_->watch(*this, EPOLLOUT);
  } else {
    abort();
  }
  return false;
}

bool Connection::shake_hands() {
  const auto state = transport_.handshake();
  if (state == Transport::State::ok) {
    transport_.describe_certificate(*peer_);
    phase_ = Phase::head;
    loop_->set_deadline(*this, service().deadlines.head);
    return true;
  }
  if (state == Transport::State::want_read || state == Transport::State::want_write) {
    return wait_for(state);
  }
  ++service().stats->tls_handshake_failures;
  if (!transport_.met_plain_http()) return wait_for(state);
  transport_.drop_tls();
  begin_exchange();
  refuse({400, "this port speaks HTTPS only"});
  return true;
}

bool Connection::take_input() {
  if (!starved_ && !in_.empty()) {
    digest_buffer();
    return true;
  }
  if (end_) return end_of_input();
  if (reads_left_ == 0) return wait_for(Transport::State::want_read);
  --reads_left_;
  const auto scratch = loop_->scratch();
  const auto io = transport_.read(scratch);
  if (io.state == Transport::State::end) {
    end_ = true;
    return true;
  }
  if (io.state != Transport::State::ok) return wait_for(io.state);
  service().stats->bytes_received += io.bytes;
  const std::string_view bytes(scratch.data(), io.bytes);
  if (in_.empty()) {
    const auto used = advance(bytes);
    in_.assign(bytes.substr(used));
    starved_ = taking_input();
  } else {
    in_.append(bytes);
    digest_buffer();
  }
  return true;
}

void Connection::digest_buffer() {
  const auto used = advance(in_);
  in_.erase(0, used);
  starved_ = taking_input();
}

/// The client has said its last; a request that is not whole will never be.
bool Connection::end_of_input() {
  close();
  return false;
}

/// Feeds the parser until it needs more or the request is in other hands. How much it consumed.
std::size_t Connection::advance(std::string_view bytes) {
  std::size_t used = 0;
  while (taking_input() && (used < bytes.size() || phase_ == Phase::body)) {
    const bool head = phase_ == Phase::head;
    if (head && !exchange_) begin_exchange();
    auto& parser = exchange_->parser;
    const auto rest = bytes.substr(used);
    const auto step =
        head ? parser.head(rest, peer_)
             : parser.body(rest, [this](std::string_view piece) { return take_body(piece); });
    used += step.consumed;
    if (step.progress == RequestParser::Progress::need_more) break;
    if (step.progress == RequestParser::Progress::refused) {
      refuse(parser.refusal());
    } else if (head) {
      on_head();
    } else {
      on_body();
    }
  }
  return used;
}

void Connection::begin_exchange() {
  exchange_ = std::make_unique<Exchange>(service().limits);
  exchange_->started = loop_->now();
  if (std::exchange(first_, false)) return;
  loop_->set_place(*this, Loop::Place::asking);
  loop_->set_deadline(*this, service().deadlines.head);
}

bool Connection::flush() {
  auto& out = *exchange_;
  const auto total = out.head_out.size() + out.body_out.size();
  while (out.written < total) {
    const std::string_view head(out.head_out);
    const std::string_view body(out.body_out);
    const auto past = std::max(out.written, head.size()) - head.size();
    const auto io =
        transport_.write(head.substr(std::min(out.written, head.size())), body.substr(past));
    if (io.state != Transport::State::ok) return wait_for(io.state);
    out.written += io.bytes;
    service().stats->bytes_sent += io.bytes;
  }
  if (phase_ == Phase::writing) return finish_answer();
  out.head_out.clear();
  out.written = 0;
  phase_ = Phase::body;
  starved_ = false;
  return true;
}

bool Connection::finish_answer() {
  observe();
  const bool keep = exchange_->keep_alive && !loop_->draining();
  exchange_.reset();
  if (!keep) {
    transport_.shutdown_write();
    in_ = {};
    phase_ = Phase::lingering;
    if (end_) abort();
    loop_->set_place(*this, Loop::Place::idle);
    loop_->set_deadline(*this, service().deadlines.linger);
    return true;
  }
  phase_ = Phase::head;
  starved_ = false;
  become_idle();
  // Nothing decrypted is left behind, so without bytes of a next request epoll knows when to go on.
  if (!in_.empty() || end_) return true;
  return wait_for(Transport::State::want_read);
}

void Connection::become_idle() {
  loop_->set_place(*this, Loop::Place::idle);
  loop_->set_deadline(*this, service().deadlines.idle);
  if (in_.empty()) in_ = {};
}

bool Connection::linger() {
  for (; reads_left_ > 0; --reads_left_) {
    const auto io = transport_.discard(loop_->scratch());
    if (io.state == Transport::State::end) abort();
    if (io.state != Transport::State::ok) return wait_for(io.state);
  }
  return wait_for(Transport::State::want_read);
}

}  // namespace serverpulse::http
