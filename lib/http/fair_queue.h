// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// FairQueue: what waits for its turn, by source. The sources take turns, so that one that brings a
// hundred items delays another by one item each round. When the queue is full a source that holds
// little takes the place of the newest item of the one that holds most.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace serverpulse::http {

/// Thread rule: one thread at a time.
template <class Item>
class FairQueue {
 public:
  /// At most `most` items, of which at most `per_source` of one source.
  FairQueue(std::size_t most, std::size_t per_source) : most_(most), per_source_(per_source) {}

  struct Pushed {
    bool taken = false;
    std::optional<Item> evicted;  ///< Whose place was taken.
  };
  Pushed push(const std::string& source, Item item) {
    const auto own = sources_.find(source);
    const auto held = own == sources_.end() ? 0 : own->second.size();
    Pushed pushed;
    if (held >= per_source_) return pushed;
    if (size_ >= most_) {
      const auto richest = std::max_element(
          sources_.begin(), sources_.end(),
          [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
      if (richest == sources_.end() || richest->second.size() < held + 2) return pushed;
      pushed.evicted = std::move(richest->second.back());
      richest->second.pop_back();  // One is left at least: it keeps its turn.
      --size_;
    }
    auto& items = sources_[source];
    if (items.empty()) turns_.push_back(source);
    items.push_back(std::move(item));
    ++size_;
    pushed.taken = true;
    return pushed;
  }

  /// The oldest item of the source whose turn it is. REQUIRES: not empty().
  Item pop() {
    const auto source = sources_.find(turns_.front());
    Item item = std::move(source->second.front());
    source->second.pop_front();
    --size_;
    if (source->second.empty()) {
      sources_.erase(source);
    } else {
      turns_.push_back(std::move(turns_.front()));
    }
    turns_.pop_front();
    return item;
  }

  /// False: `item` of `source` does not wait here.
  bool remove(const std::string& source, const Item& item) {
    const auto own = sources_.find(source);
    if (own == sources_.end() || std::erase(own->second, item) == 0) return false;
    --size_;
    if (own->second.empty()) {
      sources_.erase(own);
      std::erase(turns_, source);
    }
    return true;
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  std::size_t most_;
  std::size_t per_source_;
  std::size_t size_ = 0;
  std::map<std::string, std::deque<Item>, std::less<>> sources_;  // None of them empty.
  std::deque<std::string> turns_;                                 // Those sources, next first.
};

}  // namespace serverpulse::http
