// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/substitute.h"

#include <algorithm>

#include "base/fields.h"

namespace serverpulse::config {
namespace {

bool is_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

Result<std::string> substitute(std::string_view text, const Environment& environment) {
  std::string out;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      out += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const auto end = text.find('}');
      const auto name = text.substr(2, end == std::string_view::npos ? end : end - 2);
      if (end == std::string_view::npos || !is_name(name)) {
        return fail("want ${NAME} with the name of an environment variable, found " +
                    excerpt(text) + "; a literal ${ is written $${");
      }
      const auto found = environment.find(name);
      if (found == environment.end()) {
        return fail("the environment variable " + excerpt(name) +
                    " is not set; a literal ${ is written $${");
      }
      out += found->second;
      text.remove_prefix(end + 1);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace serverpulse::config
