// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What an error says after "unknown": the nearest known name when the unknown one looks like a
// slip of the finger (a few letters wrong, missing or swapped), else the names there are.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace serverpulse::config {

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to make
/// `b` of `a`; answers `most` + 1 as soon as it is certain to be more than `most`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);

/// The known name nearest to `unknown` (the first of several), or "" when none is near: at most 2
/// letters off, and at most a third of its length.
[[nodiscard]] std::string_view nearest(std::string_view unknown,
                                       std::span<const std::string_view> known);

/// `, did you mean "listen_address"?`, or `; known here: a, b, c` (at most 12 of them), or "" when
/// nothing is known.
[[nodiscard]] std::string suggestion(std::string_view unknown,
                                     std::span<const std::string_view> known);

}  // namespace serverpulse::config
