// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Label values and HELP texts are UTF-8 in every format, and Prometheus refuses a whole scrape for
// one that is not; but they name what the kernel names (an interface may be any bytes but '/', ':'
// and spaces). So each encoder mends them here, at the last place that all of them pass.
#pragma once

#include <string>
#include <string_view>

namespace serverpulse::metrics {

/// `text` if it is UTF-8; else `scratch`, made of it with each run of bytes that are not UTF-8
/// replaced by one U+FFFD. Allocates only when `scratch` has no room.
[[nodiscard]] std::string_view as_utf8(std::string_view text, std::string& scratch);

}  // namespace serverpulse::metrics
