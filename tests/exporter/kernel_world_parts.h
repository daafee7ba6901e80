// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What KernelWorld's parts draw their values with, and the parts about devices and networks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/exporter/kernel_world.h"

namespace serverpulse::exporter::drawn {

using Number = std::uint64_t;

/// Small ones, large ones, and those at which a conversion would break; at most `most`.
Number number(Number most = UINT64_MAX);
bool coin();
inline std::string str(Number value) {
  return std::to_string(value);
}
inline double real(Number value) {
  return static_cast<double>(value);
}
/// "12.34": what the kernel prints of a fixed-point number, and what that reads back as.
std::string hundredths(double& value);
std::vector<std::string> some_of(std::vector<std::string> names);

void diskstats(KernelWorld& world);
void netdev(KernelWorld& world);
void softnet(KernelWorld& world);
void sockstat(KernelWorld& world);
void netstat(KernelWorld& world);

}  // namespace serverpulse::exporter::drawn
