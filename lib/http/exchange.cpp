// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The loose ends of a request: what is given back when it is over, and the promise that a handler
// or an admission that forgets to answer still answers 500.
#include "http/exchange.h"

#include <utility>

namespace serverpulse::http {
namespace {

class Answer final : public Reply::Channel {
 public:
  Answer(std::shared_ptr<Mailbox> mailbox, Address address, std::shared_ptr<const Request> request,
         std::shared_ptr<Ticket> ticket)
      : mailbox_(std::move(mailbox)),
        address_(address),
        request_(std::move(request)),
        ticket_(std::move(ticket)) {}

  void send(Response response) noexcept override {
    ticket_.reset();  // before the client can know, so its next request finds the room
    mailbox_->post({address_.connection, address_.request, std::move(response)});
  }

  bool hold(std::uint64_t bytes) noexcept override { return ticket_ && ticket_->hold(bytes); }

 private:
  std::shared_ptr<Mailbox> mailbox_;
  Address address_;
  std::shared_ptr<const Request> request_;  // what the handler was given stays valid
  std::shared_ptr<Ticket> ticket_;
};

class Decision {
 public:
  Decision(std::shared_ptr<Mailbox> mailbox, Address address,
           std::shared_ptr<const Request> request)
      : mailbox_(std::move(mailbox)), address_(address), request_(std::move(request)) {}
  Decision(const Decision&) = delete;
  Decision& operator=(const Decision&) = delete;
  ~Decision() {
    if (!decided_) decide(Response::text(500, "Internal Server Error\n"));
  }
  void decide(Admission::Verdict verdict) {
    if (decided_.exchange(true)) return;
    mailbox_->post({address_.connection, address_.request, std::move(verdict)});
  }

 private:
  std::shared_ptr<Mailbox> mailbox_;
  Address address_;
  std::shared_ptr<const Request> request_;
  std::atomic<bool> decided_{false};
};

}  // namespace

Ticket::Ticket(std::shared_ptr<Stats> stats, std::uint64_t budget)
    : stats_(std::move(stats)), budget_(budget) {
  ++stats_->requests_in_flight;
}

Ticket::~Ticket() {
  --stats_->requests_in_flight;
  stats_->body_bytes_held -= held_;
  if (route_) --*route_;
}

bool Ticket::hold(std::uint64_t bytes) {
  if (stats_->body_bytes_held.fetch_add(bytes) + bytes > budget_) {
    stats_->body_bytes_held -= bytes;
    return false;
  }
  held_ += bytes;
  return true;
}

bool Ticket::enter(std::shared_ptr<Counter> route, unsigned most) {
  if (++*route > most && most > 0) {
    --*route;
    return false;
  }
  route_ = std::move(route);
  return true;
}

Reply make_reply(std::shared_ptr<Mailbox> mailbox, Address address,
                 std::shared_ptr<const Request> request, std::shared_ptr<Ticket> ticket) {
  return Reply(
      std::make_shared<Answer>(std::move(mailbox), address, std::move(request), std::move(ticket)));
}

std::function<void(Admission::Verdict)> make_later(std::shared_ptr<Mailbox> mailbox,
                                                   Address address,
                                                   std::shared_ptr<const Request> request) {
  return [decision = std::make_shared<Decision>(std::move(mailbox), address, std::move(request))](
             Admission::Verdict verdict) { decision->decide(std::move(verdict)); };
}

}  // namespace serverpulse::http
