// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// /proc/net/dev, proc_net(5): two lines of headings, then "name: sixteen numbers" for each network
// interface, eight received and eight transmitted. A name may hold a colon (eth0:1), so the last
// colon of the line is the one that ends it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace serverpulse::exporter {

/// The columns in their order.
enum class NetDevColumn : std::uint8_t {
  rx_bytes,
  rx_packets,
  rx_errs,
  rx_drop,
  rx_fifo,
  rx_frame,
  rx_compressed,
  rx_multicast,
  tx_bytes,
  tx_packets,
  tx_errs,
  tx_drop,
  tx_fifo,
  tx_colls,
  tx_carrier,
  tx_compressed,
};
inline constexpr std::size_t kNetDevColumns = 16;

struct NetDevLine {
  std::string_view name;  ///< Points into the text.
  std::array<std::uint64_t, kNetDevColumns> values{};
};

/// Fills `lines`, sorted by name, each name once. Errors begin with `path` and quote the line.
Status parse_net_dev(std::string_view text, const std::string& path,
                     std::vector<NetDevLine>& lines);

}  // namespace serverpulse::exporter
