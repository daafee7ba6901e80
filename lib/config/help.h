// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// --help, made from the tables, so that it cannot forget an option. Flags are grouped by the first
// word of their name; a collector and its options are a group of their own.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/flags.h"
#include "config/options.h"

namespace serverpulse::config {

struct HelpPage {
  std::string_view program;
  std::string_view summary;  ///< One sentence or a few.
  std::span<const Command> commands;
  std::span<const Option> options;
};

/// The whole text, in 100 columns; groups in the order of the table, collectors after the others,
/// and then what is hidden and the former names.
[[nodiscard]] std::string help(const HelpPage& page);

}  // namespace serverpulse::config
