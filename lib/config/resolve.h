// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Settings from where they may come: flag, then environment, then file, then default. Everything
// given is checked, also what something stronger overrides, and all errors are told at once: that
// is what makes `check-config` worth running. The file is the YAML that --config.file or
// SERVERPULSE_CONFIG_FILE names; options of the group `config.` say how to read it and are thus no
// keys of it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/flags.h"
#include "config/options.h"
#include "config/yaml.h"

namespace serverpulse::config {

/// What begins the name of every variable that is an option.
inline constexpr std::string_view kVariablePrefix = "SERVERPULSE_";

/// A key at the top of the file that flags cannot say, such as a list of maps. REQUIRES: no option
/// has the same first word.
struct Section {
  std::string_view key;
  /// Reads the value; called only when the key is there. Its errors, a line each, are told with
  /// the others.
  std::function<Status(const Node&)> read;
};

struct Resolution {
  Settings settings;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;

  [[nodiscard]] bool ok() const { return errors.empty(); }
};

/// `flags` as parse_flags() gave them for the same options: its errors and warnings are handed on.
[[nodiscard]] Resolution resolve(std::span<const Option> options, const Flags& flags,
                                 const Environment& environment,
                                 std::span<const Section> sections = {});

/// SERVERPULSE_COLLECTOR_NETDEV_DEVICE_EXCLUDE
[[nodiscard]] std::string variable_of(const Option& option);
/// collector.netdev.device_exclude; empty for an option that is no key of the file.
[[nodiscard]] std::string key_of(const Option& option);

/// The variables of a null-terminated array such as ::environ.
[[nodiscard]] Environment environment_of(const char* const* entries);

}  // namespace serverpulse::config
