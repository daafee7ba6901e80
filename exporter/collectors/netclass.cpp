// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// netclass: what kind of interface each one is and in which state: addresses, MTU, speed, whether
// it has a carrier. Source: /sys/class/net (Documentation/ABI/testing/sysfs-class-net) for the list
// of interfaces, and for the values one netlink dump, rtnetlink(7), that netdev shares; netlink
// says in 10 µs what would be thirty files of 8 µs each. Six files are read even so, through
// descriptors that stay open, as netlink has nothing like them: the assign types, dev_id, speed,
// duplex and flags.
//
// What surprises: speed_bytes is -125000 where the speed is not known (the file says -1), unless
// ignore-invalid-speed is set; and an interface that is down has neither carrier nor speed nor
// duplex. sysfs shows the network namespace of its mount and netlink that of this process. So
// netlink is believed only while both agree on every interface (name, index, address); else, as
// in a container that has the host's /sys mounted, everything is read from sysfs.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "exporter/collector.h"
#include "exporter/readers/net_device.h"
#include "exporter/readers/network_metric.h"
#include "exporter/readers/remembering_filter.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kUp =
    metrics::gauge("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.", "device");
constexpr auto kInfo = metrics::gauge(
    "node_network_info", "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
    "address", "adminstate", "broadcast", "device", "duplex", "ifalias", "operstate");
constexpr auto kAltnames =
    metrics::gauge("node_network_altnames_info",
                   "Non-numeric data of <iface> altname, value is always 1.", "altname", "device");
constexpr auto kSpeed = kDeviceProperty<"speed_bytes">;

struct Number {
  metrics::Metric<1> metric;
  Property property;
};
constexpr std::array kNumbers{
    Number{kDeviceProperty<"address_assign_type">, Property::addr_assign_type},
    Number{kDeviceProperty<"carrier">, Property::carrier},
    Number{kDeviceCounter<"carrier_changes_total">, Property::carrier_changes},
    Number{kDeviceCounter<"carrier_up_changes_total">, Property::carrier_up_count},
    Number{kDeviceCounter<"carrier_down_changes_total">, Property::carrier_down_count},
    Number{kDeviceProperty<"device_id">, Property::dev_id},
    Number{kDeviceProperty<"dormant">, Property::dormant},
    Number{kDeviceProperty<"flags">, Property::flags},
    Number{kDeviceProperty<"iface_id">, Property::ifindex},
    Number{kDeviceProperty<"iface_link">, Property::iflink},
    Number{kDeviceProperty<"iface_link_mode">, Property::link_mode},
    Number{kDeviceProperty<"mtu_bytes">, Property::mtu},
    Number{kDeviceProperty<"name_assign_type">, Property::name_assign_type},
    Number{kDeviceProperty<"net_dev_group">, Property::netdev_group},
    Number{kDeviceProperty<"transmit_queue_length">, Property::tx_queue_len},
    Number{kDeviceProperty<"protocol_type">, Property::type},
};

struct Statistic {
  metrics::Metric<1> metric;
  LinkStat stat;
};
constexpr std::array kStatistics{
    Statistic{kDeviceProperty<"receive_packets_total">, LinkStat::rx_packets},
    Statistic{kDeviceProperty<"transmit_packets_total">, LinkStat::tx_packets},
    Statistic{kDeviceProperty<"receive_bytes_total">, LinkStat::rx_bytes},
    Statistic{kDeviceProperty<"transmit_bytes_total">, LinkStat::tx_bytes},
    Statistic{kDeviceProperty<"receive_errors_total">, LinkStat::rx_errors},
    Statistic{kDeviceProperty<"transmit_errors_total">, LinkStat::tx_errors},
    Statistic{kDeviceProperty<"receive_dropped_total">, LinkStat::rx_dropped},
    Statistic{kDeviceProperty<"transmit_dropped_total">, LinkStat::tx_dropped},
    Statistic{kDeviceProperty<"multicast_total">, LinkStat::multicast},
    Statistic{kDeviceProperty<"collisions_total">, LinkStat::collisions},
    Statistic{kDeviceProperty<"receive_length_errors_total">, LinkStat::rx_length_errors},
    Statistic{kDeviceProperty<"receive_over_errors_total">, LinkStat::rx_over_errors},
    Statistic{kDeviceProperty<"receive_crc_errors_total">, LinkStat::rx_crc_errors},
    Statistic{kDeviceProperty<"receive_frame_errors_total">, LinkStat::rx_frame_errors},
    Statistic{kDeviceProperty<"receive_fifo_errors_total">, LinkStat::rx_fifo_errors},
    Statistic{kDeviceProperty<"receive_missed_errors_total">, LinkStat::rx_missed_errors},
    Statistic{kDeviceProperty<"transmit_aborted_errors_total">, LinkStat::tx_aborted_errors},
    Statistic{kDeviceProperty<"transmit_carrier_errors_total">, LinkStat::tx_carrier_errors},
    Statistic{kDeviceProperty<"transmit_fifo_errors_total">, LinkStat::tx_fifo_errors},
    Statistic{kDeviceProperty<"transmit_heartbeat_errors_total">, LinkStat::tx_heartbeat_errors},
    Statistic{kDeviceProperty<"transmit_window_errors_total">, LinkStat::tx_window_errors},
    Statistic{kDeviceProperty<"receive_compressed_total">, LinkStat::rx_compressed},
    Statistic{kDeviceProperty<"transmit_compressed_total">, LinkStat::tx_compressed},
    Statistic{kDeviceProperty<"receive_nohandler_total">, LinkStat::rx_nohandler},
};

// How many interfaces may keep their descriptors: a quarter of what this process may open.
std::size_t most_kept() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return std::min<std::size_t>(limit.rlim_cur, 16384) / 4 / KeptFiles::kFiles;
}

std::string_view admin_state(const NetDevice& device) {
  const auto flags = device.number(Property::flags);
  if (!flags) return "unknown";
  return (*flags & 1) != 0 ? "up" : "down";  // IFF_UP
}

// Mbit/s to bytes/s with the division of whole numbers, as the compatible interface has it.
double speed_bytes(std::int64_t megabits) {
  const auto bits = static_cast<std::uint64_t>(megabits) * 1000000U;
  const auto bytes = static_cast<std::int64_t>(bits) / 8;
  return static_cast<double>(bytes);
}

class Netclass final : public Collector {
 public:
  static Result<std::unique_ptr<Collector>> create(const Context& context) {
    auto filter = DeviceFilter::make({}, context.options.text("ignored-devices"));
    if (!filter) return fail("collector.netclass.ignored-devices: " + filter.error().message);
    return std::unique_ptr<Collector>(new Netclass(context, std::move(*filter)));
  }

  Status collect(metrics::Sink& out) override {
    ++scrape_;
    used_ = 0;
    auto done = read();
    forget_unused();
    filter_.end_scrape();
    if (done) emit(out);
    return done;
  }

 private:
  Netclass(const Context& context, DeviceFilter filter)
      : host_(context.host),
        net_(context.host.sys),
        filter_(std::move(filter)),
        odd_(*context.host.logger),
        netlink_(context.options.boolean("netlink")),
        with_stats_(netlink_ && context.options.boolean("rtnl-with-stats")),
        ignore_invalid_speed_(netlink_ || context.options.boolean("ignore-invalid-speed")),
        most_kept_(most_kept()) {}

  Status read() {
    const int error = net_.list();
    // Where they agreed before, an interface came or went between the dump and the list.
    for (int tries = std::exchange(agreed_, false) ? 2 : 1; tries > 0; --tries) {
      if (!host_.kernel->shared_links(*host_.clock, seen_, dump_) || !links_.parse(dump_)) break;
      if (!netlink_ && (error != 0 || !agrees(net_.names()))) continue;
      agreed_ = true;
      return read_links();
    }
    if (error != 0) return refused(net_.path(), error);
    for (const auto name : net_.names()) {
      if (filter_.ignores(name)) continue;
      auto& device = next_device(name);
      const auto there = read_device(net_, device, odd_);
      if (!there) return fail(there);
      if (!*there) --used_;
    }
    return {};
  }

  Status read_links() {
    for (const auto* const link : links_.by_name()) {
      if (filter_.ignores(link->name)) continue;
      auto& device = next_device(link->name);
      auto there = read_link(*link, device);
      if (there && !*there) {
        // It went away, or came again with the same index and name: other files, then.
        kept_.erase(link->index);
        device.reset(link->name);
        there = read_link(*link, device);
      }
      if (!there) return fail(there);
      if (!*there) --used_;
    }
    return {};
  }

  Result<bool> read_link(const Link& link, NetDevice& device) {
    auto& kept = kept_for(link);
    if (known_to_sysfs(link, kept)) return read_device(net_, link, kept, device, odd_);
    if (netlink_) return read_device(net_, link, no_files_, device, odd_);
    return false;
  }

  // Whether netlink and sysfs speak of the same interfaces.
  bool agrees(std::span<const std::string_view> names) {
    const auto links = links_.by_name();
    if (links.size() != names.size()) return false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (links[i]->name != names[i]) return false;
      if (!known_to_sysfs(*links[i], kept_for(*links[i]))) return false;
    }
    return true;
  }

  // Looks once at each interface.
  bool known_to_sysfs(const Link& link, KeptFiles& kept) {
    return !kept.name.empty() || adopt(net_, link, kept_.size() <= most_kept_, kept);
  }

  // The entry of this index and name; a new one has no name yet. An index whose name changed is
  // another interface, since its folder is another one now.
  KeptFiles& kept_for(const Link& link) {
    auto& kept = kept_[link.index];
    if (kept.name != link.name) kept = KeptFiles{};
    kept.scrape = scrape_;
    return kept;
  }

  void forget_unused() {
    std::erase_if(kept_, [this](const auto& entry) { return entry.second.scrape != scrape_; });
  }

  NetDevice& next_device(std::string_view name) {
    if (used_ == devices_.size()) devices_.emplace_back();
    auto& device = devices_[used_++];
    device.reset(name);
    return device;
  }

  void emit(metrics::Sink& out) {
    const auto devices = std::span<const NetDevice>(devices_).first(used_);
    {
      auto rows = out.rows(kUp);
      for (const auto& d : devices) rows.add({d.name}, d.operstate == "up" ? 1 : 0);
    }
    {
      auto rows = out.rows(kInfo);
      for (const auto& d : devices) {
        rows.add({d.address, admin_state(d), d.broadcast, d.name, d.duplex, d.ifalias, d.operstate},
                 1);
      }
    }
    for (const auto& number : kNumbers) {
      auto rows = out.rows(number.metric);
      for (const auto& d : devices) {
        if (const auto value = d.number(number.property)) {
          rows.add({d.name}, static_cast<double>(*value));
        }
      }
    }
    {
      auto rows = out.rows(kSpeed);
      for (const auto& d : devices) {
        const auto speed = d.number(Property::speed);
        if (!speed || (*speed < 0 && ignore_invalid_speed_)) continue;
        rows.add({d.name}, speed_bytes(*speed));
      }
    }
    if (netlink_) emit_altnames(out, devices);
    if (with_stats_) emit_statistics(out, devices);
  }

  void emit_altnames(metrics::Sink& out, std::span<const NetDevice> devices) {
    auto rows = out.rows(kAltnames);
    for (const auto& d : devices) {
      if (d.link == nullptr || d.link->properties.empty()) continue;
      altnames_.clear();
      append_altnames(*d.link, altnames_);
      for (const auto name : altnames_) rows.add({name, d.name}, 1);
    }
  }

  static void emit_statistics(metrics::Sink& out, std::span<const NetDevice> devices) {
    for (const auto& statistic : kStatistics) {
      auto rows = out.rows(statistic.metric);
      for (const auto& d : devices) {
        if (d.link == nullptr || !d.link->has_stats) continue;
        rows.add({d.name}, static_cast<double>(d.link->stat(statistic.stat)));
      }
    }
  }

  Host host_;
  SysNet net_;
  RememberingFilter filter_;
  OddAttributes odd_;
  bool netlink_;
  bool with_stats_;
  bool ignore_invalid_speed_;
  std::size_t most_kept_;

  std::uint64_t scrape_ = 0;
  std::uint64_t seen_ = 0;  // of the shared links
  bool agreed_ = true;      // netlink and sysfs, at the last scrape
  std::string dump_;
  Links links_;
  std::unordered_map<int, KeptFiles> kept_;  // by index
  KeptFiles no_files_{0, {}, {}, true, 0};   // for an interface that sysfs does not show
  std::vector<NetDevice> devices_;           // the first used_ are of this scrape
  std::size_t used_ = 0;
  std::vector<std::string_view> altnames_;  // of one device
};

constexpr std::array kOptions{
    config::Option{"ignored-devices", config::Kind::pattern, "^$",
                   "Regexp of net devices to ignore for netclass collector."},
    config::Option{"ignore-invalid-speed", config::Kind::boolean, "false",
                   "Ignore devices where the speed is invalid."},
    config::Option{"netlink", config::Kind::boolean, "false",
                   "Believe netlink even where sysfs shows other devices, and report what only "
                   "netlink knows: alternative names."},
    config::Option{"rtnl-with-stats",
                   config::Kind::boolean,
                   "false",
                   "With netlink: expose the statistics for each network device, replacing netdev "
                   "collector.",
                   {},
                   "collector.netclass_rtnl.with-stats"},
};

}  // namespace

extern constinit const CollectorInfo netclass{
    "netclass", "State and properties of network interfaces.", true, make<Netclass>, kOptions};

}  // namespace serverpulse::exporter::collectors
