// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The few pieces of Protobuf's wire format that an encoder needs.
// https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace serverpulse::metrics::wire {

static_assert(std::endian::native == std::endian::little, "fixed64 is copied as it lies");

enum Kind : std::uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2 };

/// REQUIRES: field < 16, so that the tag is one byte.
[[nodiscard]] constexpr char tag(unsigned field, Kind kind) {
  return static_cast<char>(field << 3U | kind);
}

[[nodiscard]] constexpr std::size_t varint_size(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1U)) + 6) / 7;
}

/// Writes at `to`, answers the end. REQUIRES: room for varint_size(value) bytes.
inline char* put_varint(char* to, std::uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  *to++ = static_cast<char>(value);
  return to;
}

inline void append_varint(std::string& out, std::uint64_t value) {
  char bytes[10];
  out.append(bytes, put_varint(bytes, value));
}

inline void append_varint(std::string& out, unsigned field, std::uint64_t value) {
  out += tag(field, kVarint);
  append_varint(out, value);
}

inline void append_double(std::string& out, unsigned field, double value) {
  char bytes[9];
  bytes[0] = tag(field, kFixed64);
  std::memcpy(bytes + 1, &value, 8);
  out.append(bytes, 9);
}

inline void append_bytes(std::string& out, unsigned field, std::string_view text) {
  out += tag(field, kLength);
  append_varint(out, text.size());
  out += text;
}

/// Begins a message field; answers what end_message() wants.
[[nodiscard]] inline std::size_t begin_message(std::string& out, unsigned field) {
  out += tag(field, kLength);
  out += '\0';
  return out.size();
}

/// Writes the length before the message that began at `at`, with one byte left for it.
inline void end_message(std::string& out, std::size_t at) {
  const auto size = out.size() - at;
  const auto width = varint_size(size);
  if (width > 1) out.insert(at, width - 1, '\0');
  put_varint(out.data() + at - 1, size);
}

}  // namespace serverpulse::metrics::wire
