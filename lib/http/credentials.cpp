// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/credentials.h"

#include <cstdint>

namespace serverpulse::http {
namespace {

// The six bits of a base64 character, or 64.
unsigned sextet(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 26;
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0') + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : 64;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const unsigned six = sextet(c);
    if (six == 64) return std::nullopt;
    bits = (bits << 6U | six) & 0xffffU;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xffU);
    }
  }
  return out;
}

bool is_basic(std::string_view scheme) {
  constexpr std::string_view kScheme = "basic ";
  if (scheme.size() != kScheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = scheme[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != kScheme[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<Credentials> parse_basic(std::string_view header) {
  constexpr std::size_t kPrefix = 6;
  if (!is_basic(header.substr(0, kPrefix))) return std::nullopt;
  const auto text = decode_base64(header.substr(kPrefix));
  if (!text) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{text->substr(0, colon), text->substr(colon + 1)};
}

}  // namespace serverpulse::http
