// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// NetDevice: what /sys/class/net/<name> says about one interface, read from there or put together
// from a netlink dump and the few files that netlink has no attribute for. Both ways give the same
// values, which takes some care: `carrier` and `dormant` are absent for an interface that is down,
// counters are printed as signed 32 bit numbers, and `flags` are the device's own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "exporter/readers/links.h"
#include "exporter/readers/sys_net.h"
#include "log/log.h"

namespace serverpulse::exporter {

/// The numbers of an interface, named as their files.
enum class Property : std::uint8_t {
  addr_assign_type,
  carrier,
  carrier_changes,
  carrier_down_count,
  carrier_up_count,
  dev_id,
  dormant,
  flags,
  ifindex,
  iflink,
  link_mode,
  mtu,
  name_assign_type,
  netdev_group,
  speed,  ///< Mbit/s; -1 where it is not known.
  tx_queue_len,
  type,
};
inline constexpr std::size_t kProperties = 17;

struct NetDevice {
  std::string name;
  std::string address;
  std::string broadcast;
  std::string duplex;
  std::string ifalias;
  std::string operstate;
  std::array<std::optional<std::int64_t>, kProperties> numbers;
  const Link* link = nullptr;  ///< Where it came from, if from netlink.

  [[nodiscard]] std::optional<std::int64_t>& number(Property which) {
    return numbers[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] const std::optional<std::int64_t>& number(Property which) const {
    return numbers[static_cast<std::size_t>(which)];
  }
  /// Empties, keeps the memory.
  void reset(std::string_view new_name);
};

/// The files that netlink has no attribute for, kept open for one interface.
struct KeptFiles {
  static constexpr std::size_t kFiles = 6;

  int index = 0;
  std::string name;
  std::array<Fd, kFiles> files;
  bool open = false;         ///< Else each read opens and closes them.
  std::uint64_t scrape = 0;  ///< The last one that used it.
};

/// Attribute files that should hold a number and do not, as a driver or a sandbox may have it. Such
/// an attribute is left out; a line in the log says so once. Thread rule: one thread at a time.
class OddAttributes {
 public:
  /// As many files are spoken of, no more: interfaces may come and go under ever new names.
  static constexpr std::size_t kMost = 256;

  explicit OddAttributes(const log::Logger& logger) : logger_(&logger) {}

  void tell(const SysNet& net, const NetDevice& device, const char* file, std::string_view found);

 private:
  const log::Logger* logger_;
  std::set<std::string, std::less<>> told_;  // device/file
  std::string key_;
};

/// False: the interface is gone. Errors name the file; one that holds no number goes to `odd`.
Result<bool> read_device(const SysNet& net, NetDevice& device, OddAttributes& odd);

/// The same from the link and the kept files.
Result<bool> read_device(const SysNet& net, const Link& link, KeptFiles& kept, NetDevice& device,
                         OddAttributes& odd);

/// Whether the folder of this name is about this link: same index, same address. Then `kept` gets
/// its files, open where `keep`.
bool adopt(const SysNet& net, const Link& link, bool keep, KeptFiles& kept);

}  // namespace serverpulse::exporter
