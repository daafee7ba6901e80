// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What a collector is. One file of exporter/collectors/ holds one: read, parse, emit, in that
// order, so that after the first sample nothing can fail and no half-written family exists.
// The file <name>.cpp defines `constinit const CollectorInfo <name>` in namespace
// serverpulse::exporter::collectors; the build makes the list of them from the folder.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "config/options.h"
#include "exporter/kernel.h"
#include "log/log.h"
#include "metrics/sink.h"

namespace serverpulse::exporter {

/// The host as a collector sees it: the roots are values, so that a test hands in others.
struct Host {
  std::string proc = "/proc";
  std::string sys = "/sys";
  std::string root = "/";
  std::string udev = "/run/udev/data";
  Kernel* kernel = nullptr;
  const Clock* clock = nullptr;
  const log::Logger* logger = nullptr;
};

/// Thread rule: one thread at a time, not always the same one.
class Collector {
 public:
  virtual ~Collector() = default;
  /// Emits every family of this collector. An error means that nothing was emitted; its kind
  /// `unavailable` means that this host has no such thing (node_exporter's ErrNoData).
  virtual Status collect(metrics::Sink& out) = 0;
};

/// What a collector is made from. Valid only during construction, but for `host`.
struct Context {
  const Host& host;
  config::Options
      options;  ///< Its own: text("device-exclude") is --collector.<name>.device-exclude
};

struct CollectorInfo {
  std::string_view name;
  std::string_view help;  ///< One sentence for --help and the documentation.
  bool enabled;           ///< Whether on by default.
  Result<std::unique_ptr<Collector>> (*make)(const Context&);
  std::span<const config::Option> options = {};  ///< Named without the prefix.
};

/// For CollectorInfo::make: T::create(context) where there is one (it can refuse), else T(context).
template <class T>
Result<std::unique_ptr<Collector>> make(const Context& context) {
  if constexpr (requires { T::create(context); }) {
    return T::create(context);
  } else if constexpr (std::is_constructible_v<T, const Context&>) {
    return std::unique_ptr<Collector>(std::make_unique<T>(context));
  } else {
    return std::unique_ptr<Collector>(std::make_unique<T>(context.host));
  }
}

/// All collectors, by name.
[[nodiscard]] std::span<const CollectorInfo* const> all_collectors();

/// All their options with full names (collector.<name>, collector.<name>.<option>), to which the
/// program adds its own. Built once; the strings live as long as the program.
[[nodiscard]] std::span<const config::Option> collector_options();

}  // namespace serverpulse::exporter
