// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/lines.h"

#include <algorithm>
#include <cstring>

#include "metrics/number.h"
#include "metrics/utf8_text.h"

namespace serverpulse::metrics {
namespace {

// Whether one of eight bytes equals `byte`: a zero byte of the difference borrows into its top bit.
// May also report a byte that follows a match, which does not matter here.
constexpr std::uint64_t has_byte(std::uint64_t eight, unsigned char byte) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  const std::uint64_t difference = eight ^ (kOnes * byte);
  return (difference - kOnes) & ~difference & (kOnes << 7U);
}

// Whether it is ASCII that needs no escape: nearly every text, so it is asked first.
bool is_plain(std::string_view text) {
  constexpr std::uint64_t kTopBits = 0x8080808080808080U;
  std::uint64_t found = 0;
  while (text.size() >= 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data(), 8);
    found |=
        has_byte(eight, '\\') | has_byte(eight, '\n') | has_byte(eight, '"') | (eight & kTopBits);
    text.remove_prefix(8);
  }
  for (const char c : text) {
    const bool special =
        c == '\\' || c == '\n' || c == '"' || static_cast<unsigned char>(c) >= 0x80;
    found |= static_cast<std::uint64_t>(special);
  }
  return found == 0;
}

}  // namespace

void LineEncoder::append_escaped(std::string_view text, bool quotes) {
  if (is_plain(text)) {
    out_ += text;
    return;
  }
  for (const char c : as_utf8(text, mended_)) {
    if (c == '\\' || c == '\n' || (quotes && c == '"')) out_ += '\\';
    out_ += c == '\n' ? 'n' : c;
  }
}

void LineEncoder::prepare(const Family& family) {
  family_ = family;
  pieces_ = family.name;
  ends_.clear();
  for (const auto label : family.label_names) {
    pieces_ += ends_.empty() ? "{" : "\",";
    pieces_ += label;
    pieces_ += "=\"";
    ends_.push_back(static_cast<std::uint32_t>(pieces_.size()));
  }
}

void LineEncoder::help_line(std::string_view name, std::string_view help, bool quotes) {
  out_ += "# HELP ";
  out_ += name;
  out_ += ' ';
  append_escaped(help, quotes);
  out_ += '\n';
}

void LineEncoder::type_line(std::string_view name, std::string_view type) {
  out_ += "# TYPE ";
  out_ += name;
  out_ += ' ';
  out_ += type;
  out_ += '\n';
}

// The values, each after the first with its piece before it. The last quote stays open.
void LineEncoder::label_values(LabelValues labels) {
  const auto count = std::min(labels.size(), ends_.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out_.append(pieces_, ends_[i - 1], ends_[i] - ends_[i - 1]);
    append_escaped(labels[i], true);
  }
}

void LineEncoder::plain(LabelValues labels, double value) {
  if (ends_.empty()) {
    out_ += pieces_;
    out_ += ' ';
  } else {
    out_.append(pieces_, 0, ends_[0]);
    label_values(labels);
    out_ += "\"} ";
  }
  append_value(out_, value);
}

void LineEncoder::suffixed(std::string_view base, std::string_view suffix, LabelValues labels,
                           const Bound& bound, double value) {
  out_ += base;
  out_ += suffix;
  if (!ends_.empty()) {
    out_.append(pieces_, family_.name.size(), ends_[0] - family_.name.size());
    label_values(labels);
  }
  if (!bound.name.empty()) {
    out_ += ends_.empty() ? "{" : "\",";
    out_ += bound.name;
    out_ += "=\"";
    append_bound(out_, bound.value);
  }
  out_ += ends_.empty() && bound.name.empty() ? " " : "\"} ";
  append_value(out_, value);
}

}  // namespace serverpulse::metrics
