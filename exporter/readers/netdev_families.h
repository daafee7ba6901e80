// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The families of netdev: which of a device's statistics each of them sums up. There are four
// tables, since the names depend on an option and on the source: /proc/net/dev has already summed
// up what netlink keeps apart (net/core/net-procfs.c), and netlink alone knows nohandler.
#pragma once

#include <array>
#include <cstdint>

#include "exporter/readers/links.h"
#include "exporter/readers/network_metric.h"
#include "exporter/readers/proc_net_dev.h"

namespace serverpulse::exporter {

/// A family, and the members of a device's statistics that it sums up, as bits.
struct DeviceCounter {
  metrics::Metric<1> metric;
  std::uint32_t parts;
};

/// The bits of LinkStat or of NetDevColumn.
template <class... Parts>
consteval std::uint32_t parts_of(Parts... parts) {
  return ((1U << static_cast<unsigned>(parts)) | ...);
}

/// From netlink, as the names have always been.
inline constexpr std::array kLinkSums{
    DeviceCounter{kDeviceStatistic<"receive_packets">, parts_of(LinkStat::rx_packets)},
    DeviceCounter{kDeviceStatistic<"transmit_packets">, parts_of(LinkStat::tx_packets)},
    DeviceCounter{kDeviceStatistic<"receive_bytes">, parts_of(LinkStat::rx_bytes)},
    DeviceCounter{kDeviceStatistic<"transmit_bytes">, parts_of(LinkStat::tx_bytes)},
    DeviceCounter{kDeviceStatistic<"receive_errs">, parts_of(LinkStat::rx_errors)},
    DeviceCounter{kDeviceStatistic<"transmit_errs">, parts_of(LinkStat::tx_errors)},
    DeviceCounter{kDeviceStatistic<"receive_drop">,
                  parts_of(LinkStat::rx_dropped, LinkStat::rx_missed_errors)},
    DeviceCounter{kDeviceStatistic<"transmit_drop">, parts_of(LinkStat::tx_dropped)},
    DeviceCounter{kDeviceStatistic<"receive_multicast">, parts_of(LinkStat::multicast)},
    DeviceCounter{kDeviceStatistic<"transmit_colls">, parts_of(LinkStat::collisions)},
    DeviceCounter{kDeviceStatistic<"receive_fifo">, parts_of(LinkStat::rx_fifo_errors)},
    DeviceCounter{kDeviceStatistic<"receive_frame">,
                  parts_of(LinkStat::rx_frame_errors, LinkStat::rx_length_errors,
                           LinkStat::rx_over_errors, LinkStat::rx_crc_errors)},
    DeviceCounter{kDeviceStatistic<"transmit_fifo">, parts_of(LinkStat::tx_fifo_errors)},
    DeviceCounter{kDeviceStatistic<"transmit_carrier">,
                  parts_of(LinkStat::tx_carrier_errors, LinkStat::tx_aborted_errors,
                           LinkStat::tx_heartbeat_errors, LinkStat::tx_window_errors)},
    DeviceCounter{kDeviceStatistic<"receive_compressed">, parts_of(LinkStat::rx_compressed)},
    DeviceCounter{kDeviceStatistic<"transmit_compressed">, parts_of(LinkStat::tx_compressed)},
    DeviceCounter{kDeviceStatistic<"receive_nohandler">, parts_of(LinkStat::rx_nohandler)},
};

/// From netlink with enable-detailed-metrics: every member by itself.
inline constexpr std::array kLinkDetailed{
    DeviceCounter{kDeviceStatistic<"receive_packets">, parts_of(LinkStat::rx_packets)},
    DeviceCounter{kDeviceStatistic<"transmit_packets">, parts_of(LinkStat::tx_packets)},
    DeviceCounter{kDeviceStatistic<"receive_bytes">, parts_of(LinkStat::rx_bytes)},
    DeviceCounter{kDeviceStatistic<"transmit_bytes">, parts_of(LinkStat::tx_bytes)},
    DeviceCounter{kDeviceStatistic<"receive_errors">, parts_of(LinkStat::rx_errors)},
    DeviceCounter{kDeviceStatistic<"transmit_errors">, parts_of(LinkStat::tx_errors)},
    DeviceCounter{kDeviceStatistic<"receive_dropped">, parts_of(LinkStat::rx_dropped)},
    DeviceCounter{kDeviceStatistic<"transmit_dropped">, parts_of(LinkStat::tx_dropped)},
    DeviceCounter{kDeviceStatistic<"multicast">, parts_of(LinkStat::multicast)},
    DeviceCounter{kDeviceStatistic<"collisions">, parts_of(LinkStat::collisions)},
    DeviceCounter{kDeviceStatistic<"receive_length_errors">, parts_of(LinkStat::rx_length_errors)},
    DeviceCounter{kDeviceStatistic<"receive_over_errors">, parts_of(LinkStat::rx_over_errors)},
    DeviceCounter{kDeviceStatistic<"receive_crc_errors">, parts_of(LinkStat::rx_crc_errors)},
    DeviceCounter{kDeviceStatistic<"receive_frame_errors">, parts_of(LinkStat::rx_frame_errors)},
    DeviceCounter{kDeviceStatistic<"receive_fifo_errors">, parts_of(LinkStat::rx_fifo_errors)},
    DeviceCounter{kDeviceStatistic<"receive_missed_errors">, parts_of(LinkStat::rx_missed_errors)},
    DeviceCounter{kDeviceStatistic<"transmit_aborted_errors">,
                  parts_of(LinkStat::tx_aborted_errors)},
    DeviceCounter{kDeviceStatistic<"transmit_carrier_errors">,
                  parts_of(LinkStat::tx_carrier_errors)},
    DeviceCounter{kDeviceStatistic<"transmit_fifo_errors">, parts_of(LinkStat::tx_fifo_errors)},
    DeviceCounter{kDeviceStatistic<"transmit_heartbeat_errors">,
                  parts_of(LinkStat::tx_heartbeat_errors)},
    DeviceCounter{kDeviceStatistic<"transmit_window_errors">, parts_of(LinkStat::tx_window_errors)},
    DeviceCounter{kDeviceStatistic<"receive_compressed">, parts_of(LinkStat::rx_compressed)},
    DeviceCounter{kDeviceStatistic<"transmit_compressed">, parts_of(LinkStat::tx_compressed)},
    DeviceCounter{kDeviceStatistic<"receive_nohandler">, parts_of(LinkStat::rx_nohandler)},
};

/// From the file.
inline constexpr std::array kFileSums{
    DeviceCounter{kDeviceStatistic<"receive_bytes">, parts_of(NetDevColumn::rx_bytes)},
    DeviceCounter{kDeviceStatistic<"receive_packets">, parts_of(NetDevColumn::rx_packets)},
    DeviceCounter{kDeviceStatistic<"receive_errs">, parts_of(NetDevColumn::rx_errs)},
    DeviceCounter{kDeviceStatistic<"receive_drop">, parts_of(NetDevColumn::rx_drop)},
    DeviceCounter{kDeviceStatistic<"receive_fifo">, parts_of(NetDevColumn::rx_fifo)},
    DeviceCounter{kDeviceStatistic<"receive_frame">, parts_of(NetDevColumn::rx_frame)},
    DeviceCounter{kDeviceStatistic<"receive_compressed">, parts_of(NetDevColumn::rx_compressed)},
    DeviceCounter{kDeviceStatistic<"receive_multicast">, parts_of(NetDevColumn::rx_multicast)},
    DeviceCounter{kDeviceStatistic<"transmit_bytes">, parts_of(NetDevColumn::tx_bytes)},
    DeviceCounter{kDeviceStatistic<"transmit_packets">, parts_of(NetDevColumn::tx_packets)},
    DeviceCounter{kDeviceStatistic<"transmit_errs">, parts_of(NetDevColumn::tx_errs)},
    DeviceCounter{kDeviceStatistic<"transmit_drop">, parts_of(NetDevColumn::tx_drop)},
    DeviceCounter{kDeviceStatistic<"transmit_fifo">, parts_of(NetDevColumn::tx_fifo)},
    DeviceCounter{kDeviceStatistic<"transmit_colls">, parts_of(NetDevColumn::tx_colls)},
    DeviceCounter{kDeviceStatistic<"transmit_carrier">, parts_of(NetDevColumn::tx_carrier)},
    DeviceCounter{kDeviceStatistic<"transmit_compressed">, parts_of(NetDevColumn::tx_compressed)},
};

/// From the file with enable-detailed-metrics: the compatible interface renames only some of them.
inline constexpr std::array kFileDetailed{
    DeviceCounter{kDeviceStatistic<"receive_bytes">, parts_of(NetDevColumn::rx_bytes)},
    DeviceCounter{kDeviceStatistic<"receive_packets">, parts_of(NetDevColumn::rx_packets)},
    DeviceCounter{kDeviceStatistic<"receive_errors">, parts_of(NetDevColumn::rx_errs)},
    DeviceCounter{kDeviceStatistic<"receive_dropped">, parts_of(NetDevColumn::rx_drop)},
    DeviceCounter{kDeviceStatistic<"receive_fifo">, parts_of(NetDevColumn::rx_fifo)},
    DeviceCounter{kDeviceStatistic<"receive_frame">, parts_of(NetDevColumn::rx_frame)},
    DeviceCounter{kDeviceStatistic<"receive_compressed">, parts_of(NetDevColumn::rx_compressed)},
    DeviceCounter{kDeviceStatistic<"receive_multicast">, parts_of(NetDevColumn::rx_multicast)},
    DeviceCounter{kDeviceStatistic<"transmit_bytes">, parts_of(NetDevColumn::tx_bytes)},
    DeviceCounter{kDeviceStatistic<"transmit_packets">, parts_of(NetDevColumn::tx_packets)},
    DeviceCounter{kDeviceStatistic<"transmit_errors">, parts_of(NetDevColumn::tx_errs)},
    DeviceCounter{kDeviceStatistic<"transmit_dropped">, parts_of(NetDevColumn::tx_drop)},
    DeviceCounter{kDeviceStatistic<"transmit_fifo">, parts_of(NetDevColumn::tx_fifo)},
    DeviceCounter{kDeviceStatistic<"transmit_colls">, parts_of(NetDevColumn::tx_colls)},
    DeviceCounter{kDeviceStatistic<"transmit_carrier">, parts_of(NetDevColumn::tx_carrier)},
    DeviceCounter{kDeviceStatistic<"transmit_compressed">, parts_of(NetDevColumn::tx_compressed)},
};

}  // namespace serverpulse::exporter
