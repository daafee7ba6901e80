// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The IP addresses of an RTM_GETADDR dump (rtnetlink(7)). What surprises: on a point-to-point link
// IFA_ADDRESS is the other end and IFA_LOCAL the own address; elsewhere both are the own one, and
// IPv6 leaves IFA_LOCAL out. The scope is worked out from the address as Go's net package does,
// since the compatible interface has it so; the kernel's own scope is something else.
#pragma once

#include <array>
#include <compare>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace serverpulse::exporter {

struct InterfaceAddress {
  int index = 0;                      ///< Of the interface.
  std::array<char, 46> address{};     ///< "192.0.2.1", "2001:db8::1", ended by a zero byte.
  std::array<char, 4> prefix_bits{};  ///< Length of the netmask, likewise.
  std::string_view scope;             ///< global, link-local, interface-local or nothing.

  [[nodiscard]] std::string_view text() const { return address.data(); }
  [[nodiscard]] std::string_view prefix() const { return prefix_bits.data(); }

  friend auto operator<=>(const InterfaceAddress&, const InterfaceAddress&) = default;
};

/// Fills `addresses`, sorted, so by interface; each one once. Errors say what is malformed.
Status parse_addresses(std::string_view dump, std::vector<InterfaceAddress>& addresses);

}  // namespace serverpulse::exporter
