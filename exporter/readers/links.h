// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Links: the network interfaces of an RTM_GETLINK dump (rtnetlink(7), rtnl_fill_ifinfo() in
// net/core/rtnetlink.c): one system call or two for what /sys/class/net spreads over thirty files
// per interface. What surprises: IFLA_LINK is left out where an interface is its own lower one;
// IFLA_CARRIER is there for interfaces that are down, whose file `carrier` answers EINVAL; and the
// flags are not those of the file `flags`, which hides RUNNING and shows every promiscuous user.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace serverpulse::exporter {

/// In the order of struct rtnl_link_stats64 (linux/if_link.h).
enum class LinkStat : std::uint8_t {
  rx_packets,
  tx_packets,
  rx_bytes,
  tx_bytes,
  rx_errors,
  tx_errors,
  rx_dropped,
  tx_dropped,
  multicast,
  collisions,
  rx_length_errors,
  rx_over_errors,
  rx_crc_errors,
  rx_frame_errors,
  rx_fifo_errors,
  rx_missed_errors,
  tx_aborted_errors,
  tx_carrier_errors,
  tx_fifo_errors,
  tx_heartbeat_errors,
  tx_window_errors,
  rx_compressed,
  tx_compressed,
  rx_nohandler,
};
inline constexpr std::size_t kLinkStats = 24;

/// One interface. The views point into the dump that was parsed.
struct Link {
  int index = 0;
  std::uint32_t flags = 0;  ///< IFF_…, as dev_get_flags() answers them.
  std::uint16_t type = 0;   ///< ARPHRD_…
  std::string_view name;
  std::string_view alias;
  std::string_view address;     ///< Bytes, not text; empty where the type has no addresses.
  std::string_view broadcast;   ///< Likewise.
  std::string_view properties;  ///< The attributes of IFLA_PROP_LIST: alternative names.
  std::optional<std::uint8_t> operstate;
  std::optional<std::uint8_t> link_mode;
  std::optional<std::uint8_t> carrier;
  std::optional<std::uint32_t> carrier_changes;
  std::optional<std::uint32_t> carrier_up_count;
  std::optional<std::uint32_t> carrier_down_count;
  std::optional<std::uint32_t> lower;  ///< IFLA_LINK; absent: itself.
  std::optional<std::uint32_t> mtu;
  std::optional<std::uint32_t> group;
  std::optional<std::uint32_t> queue_length;
  bool has_stats = false;
  std::array<std::uint64_t, kLinkStats> stats{};  ///< 0 for what an old kernel does not count.

  [[nodiscard]] std::uint64_t stat(LinkStat which) const {
    return stats[static_cast<std::size_t>(which)];
  }
};

/// Thread rule: one thread at a time. Keeps its memory from one parse to the next.
class Links {
 public:
  /// REQUIRES: `dump` outlives the use of the links. False: malformed; then there are no links. Of
  /// two links of one name (a dump that was interrupted) the later one counts.
  [[nodiscard]] bool parse(std::string_view dump);

  /// Sorted by name.
  [[nodiscard]] std::span<const Link* const> by_name() const { return by_name_; }
  /// Null where there is no such link. Both take time with the logarithm of the number of links.
  [[nodiscard]] const Link* find(std::string_view name) const;
  [[nodiscard]] const Link* find(int index) const;

 private:
  std::vector<Link> links_;
  std::vector<const Link*> by_name_;
  std::vector<const Link*> by_index_;  // also those that a later link of the same name replaced
};

/// The alternative names of a link (ip link property add): sorted, each once. Appends to `names`.
void append_altnames(const Link& link, std::vector<std::string_view>& names);

/// Room for the longest address, 32 bytes.
using AddressText = std::array<char, 96>;

/// `bytes` as "02:fc:00:00:00:01", as sysfs prints addresses; the answer points into `text`.
[[nodiscard]] std::string_view format_address(std::string_view bytes, AddressText& text);

}  // namespace serverpulse::exporter
