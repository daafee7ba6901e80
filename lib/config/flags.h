// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The command line, told apart by a table of options in the way of Go's kingpin, which the service
// files of node_exporter were written for: --name=value, --name value, --switch, --no-switch. Not
// as kingpin: --switch=true is taken too. As kingpin: a flag given twice is an error unless it is
// a list, one dash is not two, and a value that begins with a dash must be written after "=".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/options.h"

namespace serverpulse::config {

/// A verb: the first argument when it has no dash, as in `serverpulse-exporter check-config …`.
struct Command {
  std::string_view name;
  std::string_view help;  ///< One sentence.
};

struct Invocation {
  std::string_view verb;  ///< Empty when there is none.
  std::vector<std::string_view> arguments;
};

/// Takes the verb off. `arguments` are those after the program's name; the views live as long.
[[nodiscard]] Result<Invocation> split_verb(std::span<const Command> commands,
                                            std::span<const std::string_view> arguments);

struct Flags {
  struct Given {
    const Option* option;
    std::string value;    ///< "true" or "false" for a switch.
    std::string spelled;  ///< --no-collector.cpu: for errors.
  };
  std::vector<Given> given;  ///< In the order of the command line.
  bool help = false;         ///< -h or --help
  bool version = false;      ///< --version
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// Values are not parsed here: resolve() does that. Every error is listed.
[[nodiscard]] Flags parse_flags(std::span<const Option> options,
                                std::span<const std::string_view> arguments);

}  // namespace serverpulse::config
