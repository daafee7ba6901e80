// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/utf8.h"

namespace serverpulse::exporter {
namespace {

bool in(unsigned char byte, unsigned low, unsigned high) {
  return byte >= low && byte <= high;
}

// The length of the well-formed sequence that begins `text`; 0 for none (RFC 3629, section 4).
std::size_t sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
  };
  const auto tail = [&](std::size_t i) { return in(byte(i), 0x80, 0xbf); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (in(first, 0xc2, 0xdf)) return tail(1) ? 2 : 0;
  if (in(first, 0xe0, 0xef)) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80;   // no longer than needed
    const unsigned high = first == 0xed ? 0x9f : 0xbf;  // no surrogates
    return in(byte(1), low, high) && tail(2) ? 3 : 0;
  }
  if (in(first, 0xf0, 0xf4)) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xf4 ? 0x8f : 0xbf;  // up to U+10FFFF
    return in(byte(1), low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

void assign_utf8(std::string& to, std::string_view text) {
  to.clear();
  bool replaced = false;  // whether `to` ends with the mark of a run that goes on
  while (!text.empty()) {
    const auto length = sequence(text);
    if (length > 0) {
      to += text.substr(0, length);
      replaced = false;
    } else if (!replaced) {
      to += "\xEF\xBF\xBD";
      replaced = true;
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
}

}  // namespace serverpulse::exporter
