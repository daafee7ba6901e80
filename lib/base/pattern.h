// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Pattern: a regular expression in RE2's syntax, which is that of Go's regexp package and so of
// every flag and configuration file that Prometheus users know. Linear time on any input.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace serverpulse {

/// Thread rule: any thread, once compiled.
class Pattern {
 public:
  /// Errors quote the expression and say what is wrong with it.
  static Result<Pattern> compile(std::string_view expression);

  /// Whether the expression is found anywhere in `text` (Go's MatchString).
  [[nodiscard]] bool found_in(std::string_view text) const;
  /// Whether it matches the whole of `text` (as Prometheus anchors relabelling).
  [[nodiscard]] bool matches(std::string_view text) const;
  [[nodiscard]] const std::string& expression() const { return expression_; }

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

 private:
  struct Program;
  Pattern(std::string expression, std::unique_ptr<Program> program);
  std::string expression_;
  std::unique_ptr<Program> program_;
};

/// The include/exclude pair of node_exporter's device flags: an empty expression means "not set".
class DeviceFilter {
 public:
  /// Both set is an error, as in node_exporter, and so is a malformed expression.
  static Result<DeviceFilter> make(std::string_view include, std::string_view exclude);
  [[nodiscard]] bool ignores(std::string_view name) const;

 private:
  DeviceFilter() = default;
  std::unique_ptr<Pattern> include_;
  std::unique_ptr<Pattern> exclude_;
};

}  // namespace serverpulse
