// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// A vector under a mutex; the lock is held for a push or a swap.
#include "http/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace serverpulse::http {

Mailbox::Mailbox() : bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Mailbox::post(Message message) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    messages_.push_back(std::move(message));
  } catch (...) {
    return;
  }
  if (std::this_thread::get_id() != owner_) wake();
}

void Mailbox::wake() noexcept {
  const std::uint64_t one = 1;
  // A full counter (EAGAIN) rings as well.
  static_cast<void>(!::write(bell_.get(), &one, sizeof one));
}

std::vector<Message> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(messages_, {});
}

bool Mailbox::empty() const {
  const std::lock_guard lock(mutex_);
  return messages_.empty();
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  messages_.clear();
}

}  // namespace serverpulse::http
