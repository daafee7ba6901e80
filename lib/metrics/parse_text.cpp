// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// No construct of the format spans lines, so each line is parsed on its own, by a cursor that shows
// '\n' at its end; what the lines mean together is FamilyBuilder's.
#include "metrics/parse_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "base/fields.h"
#include "base/utf8.h"
#include "metrics/family_builder.h"
#include "metrics/number.h"

namespace serverpulse::metrics {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::int64_t> parse_milliseconds(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  return parse_number<std::int64_t>(text);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}
  [[nodiscard]] char peek() const { return rest_.empty() ? '\n' : rest_.front(); }
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  void advance() { rest_.remove_prefix(1); }
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) advance();
  }
  std::string_view word() {
    std::size_t size = 0;
    while (size < rest_.size() && !is_blank(rest_[size])) ++size;
    const auto word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return word;
  }

 private:
  std::string_view rest_;
};

enum class Part : std::uint8_t { value, bucket, sum, count };

Status escaped(Line& at, std::string& token) {
  const auto start = at.rest();
  at.advance();
  if (at.done() || (at.peek() != '\\' && at.peek() != 'n' && at.peek() != '"')) {
    return wanted("\\\\, \\n or \\\"", start);
  }
  token += at.peek() == 'n' ? '\n' : at.peek();
  at.advance();
  return {};
}

// A metric or label name, perhaps quoted. What is no part of it stays; may come out empty.
Status name(Line& at, bool colons, std::string& token) {
  bool quoted = false;
  const auto part = [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '"';
    return letter || (colons && c == ':') || quoted || (!token.empty() && c >= '0' && c <= '9');
  };
  while (part(at.peek())) {
    if (at.done()) return wanted("'\"' at the end of a quoted name", {});
    if (at.peek() == '\\') {
      if (const auto status = escaped(at, token); !status) return status;
      continue;
    }
    if (at.peek() == '"') {
      quoted = !quoted;
      at.advance();
      if (!quoted) return {};
      continue;
    }
    token += at.peek();
    at.advance();
  }
  return {};
}

Status label_value(Line& at, std::string& value) {
  if (at.peek() != '"') return wanted("'\"' at the start of a label value", at.rest());
  at.advance();
  while (at.peek() != '"') {
    if (at.done()) return wanted("'\"' at the end of a label value", {});
    if (at.peek() == '\\') {
      if (const auto status = escaped(at, value); !status) return status;
    } else {
      value += at.peek();
      at.advance();
    }
  }
  at.advance();
  if (!is_utf8(value)) return wanted("UTF-8 in a label value", value);
  return {};
}

class Parser {
 public:
  Parser(std::string_view text, const ParseLimits& limits)
      : text_(text), limits_(limits), builder_(limits.max_samples) {}

  Result<std::vector<StoredFamily>> run();

 private:
  struct Labels {
    std::vector<StoredLabel> pairs;
    std::optional<double> bound;  // of `le` or `quantile`
  };

  Status line(Line at);
  Status comment(Line& at);
  Status sample(Line& at);
  Status help(Line& at);
  Status type(Line& at);
  Status braces(Line& at, Labels& labels);
  Status pair(Line& at, std::string name, Labels& labels);

  std::string_view text_;
  ParseLimits limits_;
  FamilyBuilder builder_;
  bool named_ = false;  // whether this line's metric name was met
};

Result<std::vector<StoredFamily>> Parser::run() {
  if (text_.size() > limits_.max_bytes) {
    return fail("want at most " + std::to_string(limits_.max_bytes) + " bytes, found " +
                std::to_string(text_.size()));
  }
  for (std::size_t number = 1; !text_.empty(); ++number) {
    const auto end = text_.find('\n');
    Status status;
    if (end == std::string_view::npos) {
      if (text_.find_first_not_of(" \t") == std::string_view::npos) break;
      status = fail("want a line end after the last line, found none");
    } else {
      status = line(Line(text_.substr(0, end)));
    }
    if (!status) return fail("line " + std::to_string(number) + ": " + status.error().message);
    text_.remove_prefix(end + 1);
  }
  return std::move(builder_).finish();
}

Status Parser::line(Line at) {
  at.skip_blanks();
  if (at.done()) return {};
  if (at.peek() == '#') {
    at.advance();
    return comment(at);
  }
  return sample(at);
}

Status Parser::comment(Line& at) {
  at.skip_blanks();
  const auto keyword = at.word();
  if (at.done() || (keyword != "HELP" && keyword != "TYPE")) return {};
  at.skip_blanks();
  std::string token;
  if (const auto status = name(at, true, token); !status) return status;
  if (at.done()) return {};
  if (!is_blank(at.peek())) return wanted("a metric name", at.rest());
  if (const auto status = builder_.select(token); !status) return status;
  at.skip_blanks();
  if (at.done()) return {};
  return keyword == "HELP" ? help(at) : type(at);
}

Status Parser::help(Line& at) {
  auto& family = builder_.family();
  if (family.help) return wanted("one HELP for " + family.name, at.rest());
  std::string text;
  while (!at.done()) {
    if (at.peek() == '\\') {
      if (const auto status = escaped(at, text); !status) return status;
    } else {
      text += at.peek();
      at.advance();
    }
  }
  family.help = std::move(text);
  return {};
}

Status Parser::type(Line& at) {
  if (builder_.typed()) {
    return wanted("one TYPE for " + builder_.family().name + ", before its samples", at.rest());
  }
  constexpr std::array kTypes{std::pair{"counter", Type::counter}, std::pair{"gauge", Type::gauge},
                              std::pair{"summary", Type::summary},
                              std::pair{"histogram", Type::histogram},
                              std::pair{"untyped", Type::unknown}};
  for (const auto& [spelling, value] : kTypes) {
    if (equal_ignoring_case(at.rest(), spelling)) {
      builder_.set_type(value);
      return {};
    }
  }
  return wanted("counter, gauge, histogram, summary or untyped", at.rest());
}

Status Parser::sample(Line& at) {
  named_ = false;
  if (at.peek() != '{') {
    std::string token;
    const auto start = at.rest();
    if (const auto status = name(at, true, token); !status) return status;
    if (token.empty()) return wanted("a metric name", start);
    if (const auto status = builder_.select(token); !status) return status;
    named_ = true;
    at.skip_blanks();
  }
  Labels labels;
  if (at.peek() == '{') {
    at.advance();
    if (const auto status = braces(at, labels); !status) return status;
    at.skip_blanks();
  }
  const auto word = at.word();
  const auto value = parse_value(word);
  if (!value) return wanted("a number as value", word);
  std::optional<std::int64_t> timestamp;
  if (!at.done()) {
    at.skip_blanks();
    const auto stamp = at.word();
    timestamp = parse_milliseconds(stamp);
    if (!timestamp) return wanted("a timestamp in whole milliseconds", stamp);
    if (!at.done()) return wanted("nothing after the timestamp", at.rest());
  }
  return builder_.add(std::move(labels.pairs), labels.bound, *value, timestamp);
}

Status Parser::braces(Line& at, Labels& labels) {
  const bool name_inside = !named_;
  for (;;) {
    at.skip_blanks();
    if (at.peek() == '}') break;
    std::string token;
    const auto start = at.rest();
    if (const auto status = name(at, false, token); !status) return status;
    if (token.empty()) return wanted("a label name", start);
    at.skip_blanks();
    if (at.peek() == '=') {
      at.advance();
      if (const auto status = pair(at, std::move(token), labels); !status) return status;
    } else if (!name_inside || named_) {
      return wanted("'=' after the label name", at.rest());
    } else {
      if (const auto status = builder_.select(token); !status) return status;
      named_ = true;
    }
    at.skip_blanks();
    if (at.peek() == ',') {
      at.advance();
    } else if (at.peek() != '}') {
      return wanted("',' or '}' in the labels", at.rest());
    }
  }
  if (!named_) return wanted("a metric name before or in the braces", at.rest());
  at.advance();
  return {};
}

Status Parser::pair(Line& at, std::string name, Labels& labels) {
  if (!is_label_name(name) || name == "__name__") return wanted("a label name", name);
  std::string value;
  at.skip_blanks();
  if (const auto status = label_value(at, value); !status) return status;
  if (named_ && name == builder_.bound_label()) {
    labels.bound = parse_value(value);
    if (!labels.bound) return wanted("a number as value of " + name, value);
    return {};
  }
  for (const auto& label : labels.pairs) {
    if (label.name == name) return wanted("each label name once", name);
  }
  labels.pairs.push_back(StoredLabel{std::move(name), std::move(value)});
  return {};
}

}  // namespace

Result<std::vector<StoredFamily>> parse_text(std::string_view text, const ParseLimits& limits) {
  return Parser(text, limits).run();
}

}  // namespace serverpulse::metrics
