// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/utf8_text.h"

#include <cstdint>
#include <cstring>

#include "base/utf8.h"

namespace serverpulse::metrics {
namespace {

bool is_ascii(std::string_view text) {
  std::uint64_t found = 0;
  while (text.size() >= 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data(), 8);
    found |= eight;
    text.remove_prefix(8);
  }
  for (const char c : text) found |= static_cast<unsigned char>(c);
  return (found & 0x8080808080808080U) == 0;
}

}  // namespace

std::string_view as_utf8(std::string_view text, std::string& scratch) {
  if (is_ascii(text) || is_utf8(text)) return text;
  scratch.clear();
  bool in_run = false;  // of bytes whose mark is there already
  while (!text.empty()) {
    const auto length = utf8_sequence(text);
    if (length > 0) {
      scratch += text.substr(0, length);
    } else if (!in_run) {
      scratch += "\xef\xbf\xbd";
    }
    in_run = length == 0;
    text.remove_prefix(length > 0 ? length : 1);
  }
  return scratch;
}

}  // namespace serverpulse::metrics
