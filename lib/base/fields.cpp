// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "base/fields.h"

#include "base/utf8.h"

namespace serverpulse {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kMost = 64;
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  std::size_t taken = 0;
  while (taken < text.size()) {
    const auto byte = static_cast<unsigned char>(text[taken]);
    const auto length = utf8_sequence(text.substr(taken));
    const auto bytes = text.substr(taken, length == 0 ? 1 : length);
    if (taken + bytes.size() > kMost) break;
    taken += bytes.size();
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += bytes;
    } else if (byte == '\n') {
      out += "\\n";
    } else if (length == 0 || byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xfU];
    } else {
      out += bytes;
    }
  }
  out += '"';
  if (taken < text.size()) out += "…";
  return out;
}

std::string_view Fields::word() {
  if (separator_ != '\0') {
    if (rest_.data() == nullptr) {
      ok_ = false;
      return {};
    }
    const auto at = rest_.find(separator_);
    const auto field = rest_.substr(0, at);
    rest_ = at == std::string_view::npos ? std::string_view{} : rest_.substr(at + 1);
    return field;
  }
  std::size_t begin = 0;
  while (begin < rest_.size() && is_space(rest_[begin])) ++begin;
  std::size_t end = begin;
  while (end < rest_.size() && !is_space(rest_[end])) ++end;
  const auto field = rest_.substr(begin, end - begin);
  rest_.remove_prefix(end);
  if (field.empty()) ok_ = false;
  return field;
}

bool Fields::more() {
  if (separator_ != '\0') return rest_.data() != nullptr;
  while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  return !rest_.empty();
}

void Lines::Iterator::advance() {
  if (rest_.empty()) {
    end_ = true;
    return;
  }
  const auto at = rest_.find('\n');
  line_ = rest_.substr(0, at);
  rest_ = at == std::string_view::npos ? std::string_view{} : rest_.substr(at + 1);
}

}  // namespace serverpulse
