// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Whether bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). Label
// values must be: Prometheus refuses a whole scrape for one that is not. Names of files and devices
// need not be, so messages that quote them escape what is not.
#pragma once

#include <cstddef>
#include <string_view>

namespace serverpulse {

/// Bytes of the well-formed sequence that `text` begins with; 0 if it begins with none.
/// REQUIRES: not empty.
[[nodiscard]] constexpr std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool beyond = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return overlong || beyond ? 0 : length;
}

[[nodiscard]] constexpr bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace serverpulse
