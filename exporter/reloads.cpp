// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/reloads.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace serverpulse::exporter {

namespace {

http::Response ending() {
  return http::Response::text(503, "The program is ending.\n");
}

http::Response answer(const Status& done) {
  if (done) return http::Response::text(200, "");
  return http::Response::text(500, "failed to reload config: " + done.error().message + "\n");
}

}  // namespace

Result<std::unique_ptr<Reloads>> Reloads::make() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&set, number);
  if (const int code = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); code != 0) {
    return fail_errno("blocking signals", code);
  }
  // A peer that is gone is found by the write that fails.
  std::signal(SIGPIPE, SIG_IGN);
  Fd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return fail_errno("signalfd", errno);
  Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return fail_errno("eventfd", errno);
  return std::unique_ptr<Reloads>(new Reloads(std::move(signals), std::move(wake)));
}

void Reloads::request(http::Reply reply) {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    reply.send(ending());
    return;
  }
  requests_.push_back(std::move(reply));
  ::eventfd_write(wake_.get(), 1);
}

// Nobody waits for requests any more.
void Reloads::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto& reply : requests_) reply.send(ending());
  requests_.clear();
}

// On a thread of its own: the file may lie on a mount that never answers, and the signal that ends
// the program must be heard all the same. REQUIRES: no reload is under way.
void Reloads::start(const std::function<Status()>& reload) {
  std::deque<http::Reply> requests;
  {
    const std::lock_guard lock(mutex_);
    busy_ = true;
    requests.swap(requests_);  // those that came together are one reload
  }
  worker_ = std::jthread([this, reload, requests = std::move(requests)]() mutable {
    const auto done = reload();
    for (auto& reply : requests) reply.send(answer(done));
    const std::lock_guard lock(mutex_);
    busy_ = false;
    ::eventfd_write(wake_.get(), 1);
  });
}

int Reloads::wait(const std::function<Status()>& reload) {
  for (bool asked = false;;) {
    std::array<pollfd, 2> ready{{{signals_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    signalfd_siginfo signal{};
    while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
      const auto number = static_cast<int>(signal.ssi_signo);
      if (number != SIGHUP) {
        close();
        return number;
      }
      asked = true;
    }
    eventfd_t count = 0;
    ::eventfd_read(wake_.get(), &count);
    std::unique_lock lock(mutex_);
    if (busy_ || (!asked && requests_.empty())) continue;
    lock.unlock();
    asked = false;
    start(reload);
  }
}

}  // namespace serverpulse::exporter
