// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/suggest.h"

#include <algorithm>
#include <vector>

namespace serverpulse::config {

// Three rows of the matrix of optimal string alignment: one more than Levenshtein needs, for swaps.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > most) return most + 1;
  std::vector<std::size_t> two_ago(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], two_ago[j - 2] + 1);
      }
    }
    if (*std::min_element(row.begin(), row.end()) > most) return most + 1;
    two_ago.swap(above);
    above.swap(row);
  }
  return std::min(above[b.size()], most + 1);
}

std::string_view nearest(std::string_view unknown, std::span<const std::string_view> known) {
  constexpr std::size_t kLetters = 2;
  std::string_view best;
  std::size_t least = kLetters + 1;
  for (const auto name : known) {
    const auto most = std::min(kLetters, std::max<std::size_t>(1, name.size() / 3));
    const auto distance = edit_distance(unknown, name, most);
    if (distance <= most && distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

std::string suggestion(std::string_view unknown, std::span<const std::string_view> known) {
  constexpr std::size_t kMost = 12;
  if (known.empty()) return {};
  if (const auto near = nearest(unknown, known); !near.empty()) {
    return ", did you mean \"" + std::string(near) + "\"?";
  }
  std::string out = "; known here: ";
  for (std::size_t i = 0; i < std::min(kMost, known.size()); ++i) {
    if (i != 0) out += ", ";
    out += known[i];
  }
  if (known.size() > kMost) out += ", …";
  return out;
}

}  // namespace serverpulse::config
