// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// ${NAME} in the strings of the configuration file. It is applied to strings that YAML has already
// told apart, so a variable's value can hold anything (quotes, line ends, "key: value") and still
// is only a value. `$${` is a literal `${`; every other `$` stands for itself, so that regular
// expressions and bcrypt hashes need no escaping.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/yaml.h"

namespace serverpulse::config {

/// `text` with every ${NAME} replaced, NAME being letters, digits and underscores. Errors: a
/// variable that is not set, a name that is none, a missing brace. One pass: values are not
/// searched again.
[[nodiscard]] Result<std::string> substitute(std::string_view text, const Environment& environment);

}  // namespace serverpulse::config
