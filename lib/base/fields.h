// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Cursors over text that the kernel prints: lines, and the fields of a line. Neither allocates;
// a Fields that met a missing or malformed field stays not ok(), so one check at the end will do.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace serverpulse {

/// A whole string as a number: from_chars, nothing left over. Floats accept inf and nan.
template <class T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text, int base = 10) {
  T value{};
  const char* const end = text.data() + text.size();
  std::from_chars_result result{};
  if constexpr (std::is_floating_point_v<T>) {
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    result = std::from_chars(text.data(), end, value);
  } else {
    result = std::from_chars(text.data(), end, value, base);
  }
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return value;
}

/// `text` for an error message: at most 64 bytes (a character is not cut), in double quotes,
/// control bytes and bytes that are not UTF-8 escaped.
[[nodiscard]] std::string excerpt(std::string_view text);

[[nodiscard]] std::string_view trim(std::string_view text);

/// Walks the white-space separated (or `separator` separated) fields of one line.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}
  Fields(std::string_view line, char separator) : rest_(line), separator_(separator) {}

  /// The next field; empty and !ok() at the end of the line.
  std::string_view word();
  /// The next field as a number; 0 and !ok() when it is missing or malformed.
  template <class T>
  T next(int base = 10) {
    const auto field = word();
    if (!ok_) return T{};
    const auto value = parse_number<T>(field, base);
    if (!value) {
      ok_ = false;
      return T{};
    }
    return *value;
  }
  Fields& skip(unsigned count) {
    while (count-- > 0) word();
    return *this;
  }
  /// Whether a further field follows.
  [[nodiscard]] bool more();
  /// What has not been walked over yet.
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  char separator_ = '\0';  // '\0': runs of white space
  bool ok_ = true;
};

/// `for (std::string_view line : Lines(text))`: without the line ends; no empty last line.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  class Iterator {
   public:
    explicit Iterator(std::string_view rest, bool end) : rest_(rest), end_(end) {
      if (!end_) advance();
    }
    std::string_view operator*() const { return line_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return end_ != other.end_; }

   private:
    void advance();
    std::string_view rest_;
    std::string_view line_;
    bool end_;
  };

  [[nodiscard]] Iterator begin() const { return Iterator(text_, false); }
  [[nodiscard]] Iterator end() const { return Iterator({}, true); }

 private:
  std::string_view text_;
};

}  // namespace serverpulse
