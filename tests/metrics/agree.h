// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Whether all formats say the same: what a giver of samples gives is recorded once, encoded in each
// format, decoded by independent decoders and compared sample by sample.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "metrics/sink.h"

namespace serverpulse::metrics_test {

/// What is wrong, in sentences; empty when nothing is: formats that differ in a series, a value, a
/// HELP or a type; names that are none; what is not UTF-8 and not replaced by U+FFFD; a series
/// or a family twice; calls against the rules of Sink. `give` is called once.
[[nodiscard]] std::vector<std::string> disagreements(
    const std::function<void(metrics::Sink&)>& give);

/// disagreements() as failures of the running test.
void expect_encoders_agree(const std::function<void(metrics::Sink&)>& give);

}  // namespace serverpulse::metrics_test
