// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What RFC 9110 says of characters: tokens, field values, names that differ only in case. ASCII
// only; no locale.
#pragma once

#include <algorithm>
#include <string_view>

namespace serverpulse::http {

[[nodiscard]] constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether two field names, or two tokens compared without case, are the same.
[[nodiscard]] constexpr bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

/// A token (RFC 9110, 5.6.2): what methods and field names are made of.
[[nodiscard]] constexpr bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

/// A field value (RFC 9110, 5.5): no control character but the tab.
[[nodiscard]] constexpr bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

}  // namespace serverpulse::http
