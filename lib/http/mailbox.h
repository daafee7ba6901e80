// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Mailbox: how other threads reach the loop: answers and verdicts, each addressed to a request
// that may be gone by then. Rings an eventfd(2).
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "base/fd.h"
#include "http/http.h"

namespace serverpulse::http {

struct Message {
  std::uint64_t connection = 0;
  std::uint64_t request = 0;  ///< Its number on that connection.
  std::variant<Response, Admission::Verdict> content;
};

/// Thread rule: any thread, where not said otherwise.
class Mailbox {
 public:
  Mailbox();
  /// Readable when there is something to take, or after wake().
  [[nodiscard]] int fd() const { return bell_.get(); }
  /// Messages of this thread do not ring: it takes them anyway before it waits. REQUIRES: called
  /// before the first post().
  void owned_by(std::thread::id owner) { owner_ = owner; }
  /// Dropped once closed, or when there is no memory for it.
  void post(Message message) noexcept;
  void wake() noexcept;
  /// Loop thread: everything posted since the last time.
  [[nodiscard]] std::vector<Message> take();
  [[nodiscard]] bool empty() const;
  void close();

 private:
  Fd bell_;
  std::thread::id owner_;
  mutable std::mutex mutex_;
  std::vector<Message> messages_;  // guarded by mutex_
  bool closed_ = false;            // guarded by mutex_
};

}  // namespace serverpulse::http
