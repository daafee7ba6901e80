// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The families of netdev and netclass, whose name and HELP are made from one word each, such as
// kDeviceStatistic<"receive_bytes"> for node_network_receive_bytes_total. All of it happens in the
// compiler, which also refuses a word that makes no metric name.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "metrics/family.h"

namespace serverpulse::exporter {

/// A string literal as a template argument.
template <std::size_t N>
struct Word {
  char letters[N]{};
  consteval Word(const char (&text)[N]) {  // NOLINT: implicit, so that literals will do
    for (std::size_t i = 0; i < N; ++i) letters[i] = text[i];
  }
};

namespace detail {

template <std::size_t A, std::size_t B, std::size_t C>
consteval auto join(const char (&a)[A], const Word<B>& b, const char (&c)[C]) {
  std::array<char, A + B + C - 3> joined{};
  std::size_t at = 0;
  for (std::size_t i = 0; i + 1 < A; ++i) joined[at++] = a[i];
  for (std::size_t i = 0; i + 1 < B; ++i) joined[at++] = b.letters[i];
  for (std::size_t i = 0; i + 1 < C; ++i) joined[at++] = c[i];
  return joined;
}

template <std::size_t N>
consteval std::string_view view(const std::array<char, N>& text) {
  return {text.data(), text.size()};
}

template <Word W>
inline constexpr auto kStatisticName = join("node_network_", W, "_total");
template <Word W>
inline constexpr auto kStatisticHelp = join("Network device statistic ", W, ".");
template <Word W>
inline constexpr auto kPropertyName = join("node_network_", W, "");
template <Word W>
inline constexpr auto kPropertyHelp = join("Network device property: ", W, "");

}  // namespace detail

/// node_network_<W>_total, as netdev gives it.
template <Word W>
inline constexpr auto kDeviceStatistic = metrics::counter(
    detail::view(detail::kStatisticName<W>), detail::view(detail::kStatisticHelp<W>), "device");

/// node_network_<W>, as netclass gives it.
template <Word W>
inline constexpr auto kDeviceProperty = metrics::gauge(
    detail::view(detail::kPropertyName<W>), detail::view(detail::kPropertyHelp<W>), "device");

/// The same for what only rises.
template <Word W>
inline constexpr auto kDeviceCounter = metrics::counter(
    detail::view(detail::kPropertyName<W>), detail::view(detail::kPropertyHelp<W>), "device");

}  // namespace serverpulse::exporter
