// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The page at `/`: what this is, its links, what is enabled. Plain HTML, no scripts, nothing loaded
// from elsewhere.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace serverpulse::exporter {

struct Link {
  std::string_view path;
  std::string_view text;
};

/// `text` for HTML: & < > " escaped.
[[nodiscard]] std::string html_escaped(std::string_view text);

[[nodiscard]] std::string landing_page(std::string_view version, std::span<const Link> links,
                                       std::span<const std::string_view> collectors);

}  // namespace serverpulse::exporter
