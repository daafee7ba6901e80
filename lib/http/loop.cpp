// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The event loop. epoll is level-triggered: whoever leaves bytes unread is called again. Events
// carry a number that is never used twice instead of a pointer, so an event for a connection that
// was closed earlier in the same batch finds nobody.
#include "http/loop.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <limits>

#include "http/connection.h"

namespace serverpulse::http {
namespace {

constexpr std::uint64_t kMailKey = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kScratch = 64 * 1024;
constexpr std::chrono::seconds kFirstSecond{1};

/// Signals are the main thread's; SIGPIPE is nobody's.
void block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

Status add_to(int epoll, int fd, std::uint64_t key, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno("epoll_ctl", errno);
  return {};
}

}  // namespace

Loop::Loop(Service service, std::vector<Listener> listeners)
    : service_(std::move(service)),
      acceptor_(std::move(listeners),
                {[this](Fd fd, Peer peer) { add(std::move(fd), std::move(peer)); },
                 [this] { return busy(); }, [this] { return evict(); }},
                *service_.stats, *service_.logger),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      first_id_(acceptor_.size()),
      next_id_(first_id_),
      scratch_(kScratch) {}

Loop::~Loop() {
  stop(std::chrono::milliseconds(0));
}

Status Loop::start() {
  if (!epoll_) return fail_errno("epoll_create1", errno);
  if (mailbox_->fd() < 0) return fail_errno("eventfd", errno);
  if (auto added = add_to(epoll_.get(), mailbox_->fd(), kMailKey, EPOLLIN); !added) return added;
  acceptor_.watch(epoll_.get());
  thread_ = std::jthread([this] { run(); });
  return {};
}

void Loop::stop(std::chrono::milliseconds grace) {
  if (!thread_.joinable()) return;
  const auto at = std::chrono::steady_clock::now() + grace;
  stop_at_ = at.time_since_epoch().count();
  stop_asked_ = true;
  mailbox_->wake();
  thread_.join();
}

void Loop::run() {
  block_signals();
  ::pthread_setname_np(::pthread_self(), "http");
  mailbox_->owned_by(std::this_thread::get_id());
  while (!draining_ || (!connections_.empty() && now_ < stop_at())) turn();
  mailbox_->close();
  for (auto& [id, connection] : connections_) timers_.drop(connection->seat().timer);
  service_.stats->connections_open -= connections_.size();
  connections_.clear();
}

void Loop::turn() {
  try {
    wait_and_dispatch();
    take_mail();
    fire_timers();
    if (stop_asked_ && !draining_) begin_drain();
  } catch (const std::exception& problem) {  // from a hook, or no memory for a new connection
    service_.logger->error("HTTP loop", {{"err", problem.what()}});
  }
}

Loop::Time Loop::stop_at() const {
  return Time(Time::duration(stop_at_.load()));
}

int Loop::timeout() const {
  Time next = std::min(timers_.next(), acceptor_.resume_at());
  if (draining_) next = std::min(next, stop_at());
  if (!mailbox_->empty()) return 0;
  if (next == Time::max()) return -1;
  const auto span = std::chrono::ceil<std::chrono::milliseconds>(next - now_).count();
  return static_cast<int>(std::clamp<std::int64_t>(span, 0, 60'000));
}

void Loop::wait_and_dispatch() {
  std::array<epoll_event, 256> events{};
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout());
  now_ = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    dispatch(event.data.u64, event.events);
  }
  if (acceptor_.resume_at() <= now_ && !draining_) acceptor_.watch(epoll_.get());
}

void Loop::dispatch(std::uint64_t key, std::uint32_t events) {
  if (key == kMailKey) {
    std::uint64_t rings = 0;
    static_cast<void>(!::read(mailbox_->fd(), &rings, sizeof rings));
  } else if (key < first_id_) {
    if (!draining_) acceptor_.on_readable(epoll_.get(), key, now_);
  } else {
    with(key, [&](Connection& connection) { connection.on_event(events); });
  }
}

/// Does `action` on a connection if it is still there, and lets it go if that ended it.
template <class Action>
void Loop::with(std::uint64_t id, const Action& action) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = *found->second;
  try {
    action(connection);
  } catch (const std::exception& problem) {  // no memory: this client's bad luck
    service_.logger->error("connection given up", {{"err", problem.what()}});
    connection.abort();
  }
  if (!connection.closed()) return;
  timers_.drop(connection.seat().timer);
  set_place(connection, Place::safe);
  connections_.erase(found);
  --service_.stats->connections_open;
}

/// One round: what the answers lead to (a pipelined request, answered at once) waits for the next
/// turn, so that a client with many requests in one packet has no more turns than others.
void Loop::take_mail() {
  for (Message& message : mailbox_->take()) {
    with(message.connection,
         [&](Connection& connection) { connection.on_message(std::move(message)); });
  }
}

void Loop::fire_timers() {
  while (const auto id = timers_.expired(now_)) {
    with(*id, [&](Connection& connection) {
      if (timers_.check(connection.seat().timer, now_)) connection.on_deadline();
    });
  }
}

void Loop::begin_drain() {
  // Whoever has connected so far may have sent a request: it is not turned away.
  for (std::uint64_t key = 0; key < first_id_; ++key) {
    acceptor_.on_readable(epoll_.get(), key, now_);
  }
  draining_ = true;
  acceptor_.close();
  std::vector<std::uint64_t> ids;
  for (const auto& [id, connection] : connections_) ids.push_back(id);
  for (const auto id : ids) with(id, [](Connection& connection) { connection.drain(); });
}

void Loop::add(Fd fd, Peer peer) {
  const auto id = next_id_++;
  const int descriptor = fd.get();
  ssl_ctx_st* const context =
      service_.hooks.tls == nullptr ? nullptr : service_.hooks.tls->context();
  peer.tls = context != nullptr;
  auto connection = std::make_unique<Connection>(*this, id, std::move(fd), context,
                                                 std::make_shared<Peer>(std::move(peer)));
  connection->seat().watched = EPOLLIN;
  if (!add_to(epoll_.get(), descriptor, id, EPOLLIN)) return;
  connections_.emplace(id, std::move(connection));
  ++service_.stats->connections_open;
  with(id, [](Connection& added) { added.begin(); });
  if (connections_.size() > service_.limits.connections) evict();
}

bool Loop::evict() {
  const auto id = first_to_go();
  if (!id) return false;
  ++service_.stats->connections_evicted;
  with(*id, [](Connection& connection) { connection.close(); });
  return true;
}

std::optional<std::uint64_t> Loop::first_to_go() const {
  for (const auto& of_kind : waiting_) {
    if (of_kind.empty()) continue;
    const auto& [id, since] = of_kind.front();
    if (&of_kind != &waiting_.front() || now_ - since >= kFirstSecond) return id;
  }
  return std::nullopt;
}

void Loop::watch(Connection& connection, std::uint32_t events) {
  if (connection.seat().watched == events) return;
  connection.seat().watched = events;
  epoll_event event{};
  event.events = events;
  event.data.u64 = connection.id();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd(), &event);
}

void Loop::set_deadline(Connection& connection, std::chrono::milliseconds span) {
  timers_.set(connection.seat().timer, now_ + span, connection.id());
}

void Loop::clear_deadline(Connection& connection) {
  timers_.set(connection.seat().timer, Time::max(), connection.id());
}

void Loop::set_place(Connection& connection, Place place) {
  auto& seat = connection.seat();
  if (seat.place == place) return;
  if (seat.place != Place::safe) waiting_[static_cast<std::size_t>(seat.place)].erase(seat.entry);
  seat.place = place;
  if (place == Place::safe) return;
  auto& of_kind = waiting_[static_cast<std::size_t>(place)];
  seat.entry = of_kind.insert(of_kind.end(), {connection.id(), now_});
}

std::shared_ptr<Ticket::Counter> Loop::requests_of(const Handler& handler) {
  auto& counter = requests_[&handler];
  if (!counter) counter = std::make_shared<Ticket::Counter>(0);
  return counter;
}

}  // namespace serverpulse::http
