// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "base/pattern.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/fields.h"

namespace serverpulse {
namespace {

// RE2's sentence ends with a part of the expression, which may be long or no text.
std::string reason(const RE2& re) {
  std::string text = re.error();
  const std::string& part = re.error_arg();
  const bool plain = part.size() <= 64 && std::all_of(part.begin(), part.end(),
                                                      [](char c) { return c >= ' ' && c <= '~'; });
  if (plain || !text.ends_with(part)) return text;
  text.resize(text.size() - part.size());
  return text + excerpt(part);
}

}  // namespace

struct Pattern::Program {
  RE2 re;
};

Pattern::Pattern(std::string expression, std::unique_ptr<Program> program)
    : expression_(std::move(expression)), program_(std::move(program)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view expression) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  std::unique_ptr<Program> program(
      new Program{RE2(re2::StringPiece(expression.data(), expression.size()), options)});
  if (!program->re.ok()) {
    return fail("not a regular expression: " + excerpt(expression) + ": " + reason(program->re));
  }
  return Pattern(std::string(expression), std::move(program));
}

bool Pattern::found_in(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), program_->re);
}

bool Pattern::matches(std::string_view text) const {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), program_->re);
}

Result<DeviceFilter> DeviceFilter::make(std::string_view include, std::string_view exclude) {
  if (!include.empty() && !exclude.empty()) {
    return fail("an include and an exclude expression shut each other out: set one of " +
                excerpt(include) + " and " + excerpt(exclude));
  }
  DeviceFilter filter;
  for (const auto& [expression, slot] :
       {std::pair{include, &filter.include_}, std::pair{exclude, &filter.exclude_}}) {
    if (expression.empty()) continue;
    auto pattern = Pattern::compile(expression);
    if (!pattern) return fail(pattern);
    *slot = std::make_unique<Pattern>(std::move(*pattern));
  }
  return filter;
}

bool DeviceFilter::ignores(std::string_view name) const {
  if (exclude_) return exclude_->found_in(name);
  if (include_) return !include_->found_in(name);
  return false;
}

}  // namespace serverpulse
