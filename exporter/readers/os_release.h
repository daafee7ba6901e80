// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// OsRelease: the variables of an os-release file. os-release(5) allows what a shell would read
// without expanding anything: KEY=value, 'single' and "double" quotes, a backslash before a
// character that is to stand for itself, comments from '#' to the end of the line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace serverpulse::exporter {

/// Thread rule: one thread at a time. A second parse of a file of the same shape allocates nothing.
class OsRelease {
 public:
  /// Replaces what was known. `where` begins every error; a file of more than 256 variables is one.
  Status parse(std::string_view text, std::string_view where);
  /// The value of a variable, empty when it is not set. Valid until the next parse().
  [[nodiscard]] const std::string& operator[](std::string_view key) const;

 private:
  struct Variable {
    std::string key;
    std::string value;
  };
  Variable& variable(std::string_view key);

  std::vector<Variable> variables_;
  std::size_t used_ = 0;
  std::string empty_;
};

/// The value of an assignment's right side without its quotes, in `out`; an error is a sentence's
/// end ("want …"), to which the caller adds where.
Status unquote(std::string_view raw, std::string& out);

/// "20.04.2" → 20.04: the digits, a point and digits that `version_id` begins with; else 0.
[[nodiscard]] double leading_version(std::string_view version_id);

/// Unix time of the UTC midnight with which the day "YYYY-MM-DD" begins.
[[nodiscard]] std::optional<double> midnight_of(std::string_view day);

}  // namespace serverpulse::exporter
