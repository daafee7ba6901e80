// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Timers: one dead-line for each of many things. Most dead-lines move later and never come true,
// so moving one later only notes it: the entry is looked at when its old time has come, and put
// back. An entry dies with its owner, so the memory is bounded by the number of owners.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

namespace serverpulse::http {

/// Thread rule: one thread.
class Timers {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Entries = std::multimap<Time, std::uint64_t>;

  /// What an owner keeps.
  struct Timer {
    Time due = Time::max();  ///< max: never.
    std::optional<Entries::iterator> entry;
  };

  /// `owner` is what expired() answers with.
  void set(Timer& timer, Time due, std::uint64_t owner) {
    timer.due = due;
    if (timer.entry && (*timer.entry)->first <= due) return;
    drop(timer);
    timer.due = due;
    if (due != Time::max()) timer.entry = entries_.emplace(due, owner);
  }
  /// Never again; to be called before the owner goes.
  void drop(Timer& timer) {
    if (timer.entry) entries_.erase(*timer.entry);
    timer.entry.reset();
    timer.due = Time::max();
  }
  /// The next moment at which expired() should be asked.
  [[nodiscard]] Time next() const {
    return entries_.empty() ? Time::max() : entries_.begin()->first;
  }
  /// Whose time may have come. The caller asks check() of that owner's timer.
  [[nodiscard]] std::optional<std::uint64_t> expired(Time now) const {
    if (entries_.empty() || entries_.begin()->first > now) return std::nullopt;
    return entries_.begin()->second;
  }
  /// Takes the entry away; true when it is really due, else puts it back at its later time.
  bool check(Timer& timer, Time now) {
    const Time due = timer.due;
    const auto owner = (*timer.entry)->second;
    drop(timer);
    if (due <= now) return true;
    set(timer, due, owner);
    return false;
  }

 private:
  Entries entries_;
};

}  // namespace serverpulse::http
