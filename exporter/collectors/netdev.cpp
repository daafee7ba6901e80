// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// netdev: packets, bytes, errors and drops of each network interface. Source: the statistics of an
// rtnetlink(7) link dump (struct rtnl_link_stats64, linux/if_link.h documents each member), which
// netclass shares, or /proc/net/dev, proc_net(5), where netlink is switched off or refused.
//
// What surprises: /proc/net/dev sums up what netlink keeps apart. Its "drop" is dropped + missed,
// "frame" is frame + length + over + CRC errors, "carrier" is carrier + aborted + heartbeat +
// window errors (net/core/net-procfs.c), and the metrics that everybody's dashboards use are
// those sums; enable-detailed-metrics gives the parts under other names. Only netlink knows
// nohandler: packets that no protocol wanted. Counters may restart when a driver resets.
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"
#include "exporter/readers/addresses.h"
#include "exporter/readers/links.h"
#include "exporter/readers/network_metric.h"
#include "exporter/readers/proc_net_dev.h"
#include "exporter/readers/remembering_filter.h"
#include "exporter/readers/sys_net.h"

namespace serverpulse::exporter::collectors {
namespace {

// A family: the members of a device's statistics that it sums up, as bits.
struct Counter {
  metrics::Metric<1> metric;
  std::uint32_t parts;
};

template <class... Parts>
consteval std::uint32_t sum(Parts... parts) {
  return ((1U << static_cast<unsigned>(parts)) | ...);
}

constexpr std::array kSums{
    Counter{kDeviceStatistic<"receive_packets">, sum(LinkStat::rx_packets)},
    Counter{kDeviceStatistic<"transmit_packets">, sum(LinkStat::tx_packets)},
    Counter{kDeviceStatistic<"receive_bytes">, sum(LinkStat::rx_bytes)},
    Counter{kDeviceStatistic<"transmit_bytes">, sum(LinkStat::tx_bytes)},
    Counter{kDeviceStatistic<"receive_errs">, sum(LinkStat::rx_errors)},
    Counter{kDeviceStatistic<"transmit_errs">, sum(LinkStat::tx_errors)},
    Counter{kDeviceStatistic<"receive_drop">,
            sum(LinkStat::rx_dropped, LinkStat::rx_missed_errors)},
    Counter{kDeviceStatistic<"transmit_drop">, sum(LinkStat::tx_dropped)},
    Counter{kDeviceStatistic<"receive_multicast">, sum(LinkStat::multicast)},
    Counter{kDeviceStatistic<"transmit_colls">, sum(LinkStat::collisions)},
    Counter{kDeviceStatistic<"receive_fifo">, sum(LinkStat::rx_fifo_errors)},
    Counter{kDeviceStatistic<"receive_frame">,
            sum(LinkStat::rx_frame_errors, LinkStat::rx_length_errors, LinkStat::rx_over_errors,
                LinkStat::rx_crc_errors)},
    Counter{kDeviceStatistic<"transmit_fifo">, sum(LinkStat::tx_fifo_errors)},
    Counter{kDeviceStatistic<"transmit_carrier">,
            sum(LinkStat::tx_carrier_errors, LinkStat::tx_aborted_errors,
                LinkStat::tx_heartbeat_errors, LinkStat::tx_window_errors)},
    Counter{kDeviceStatistic<"receive_compressed">, sum(LinkStat::rx_compressed)},
    Counter{kDeviceStatistic<"transmit_compressed">, sum(LinkStat::tx_compressed)},
    Counter{kDeviceStatistic<"receive_nohandler">, sum(LinkStat::rx_nohandler)},
};

constexpr std::array kDetailed{
    Counter{kDeviceStatistic<"receive_packets">, sum(LinkStat::rx_packets)},
    Counter{kDeviceStatistic<"transmit_packets">, sum(LinkStat::tx_packets)},
    Counter{kDeviceStatistic<"receive_bytes">, sum(LinkStat::rx_bytes)},
    Counter{kDeviceStatistic<"transmit_bytes">, sum(LinkStat::tx_bytes)},
    Counter{kDeviceStatistic<"receive_errors">, sum(LinkStat::rx_errors)},
    Counter{kDeviceStatistic<"transmit_errors">, sum(LinkStat::tx_errors)},
    Counter{kDeviceStatistic<"receive_dropped">, sum(LinkStat::rx_dropped)},
    Counter{kDeviceStatistic<"transmit_dropped">, sum(LinkStat::tx_dropped)},
    Counter{kDeviceStatistic<"multicast">, sum(LinkStat::multicast)},
    Counter{kDeviceStatistic<"collisions">, sum(LinkStat::collisions)},
    Counter{kDeviceStatistic<"receive_length_errors">, sum(LinkStat::rx_length_errors)},
    Counter{kDeviceStatistic<"receive_over_errors">, sum(LinkStat::rx_over_errors)},
    Counter{kDeviceStatistic<"receive_crc_errors">, sum(LinkStat::rx_crc_errors)},
    Counter{kDeviceStatistic<"receive_frame_errors">, sum(LinkStat::rx_frame_errors)},
    Counter{kDeviceStatistic<"receive_fifo_errors">, sum(LinkStat::rx_fifo_errors)},
    Counter{kDeviceStatistic<"receive_missed_errors">, sum(LinkStat::rx_missed_errors)},
    Counter{kDeviceStatistic<"transmit_aborted_errors">, sum(LinkStat::tx_aborted_errors)},
    Counter{kDeviceStatistic<"transmit_carrier_errors">, sum(LinkStat::tx_carrier_errors)},
    Counter{kDeviceStatistic<"transmit_fifo_errors">, sum(LinkStat::tx_fifo_errors)},
    Counter{kDeviceStatistic<"transmit_heartbeat_errors">, sum(LinkStat::tx_heartbeat_errors)},
    Counter{kDeviceStatistic<"transmit_window_errors">, sum(LinkStat::tx_window_errors)},
    Counter{kDeviceStatistic<"receive_compressed">, sum(LinkStat::rx_compressed)},
    Counter{kDeviceStatistic<"transmit_compressed">, sum(LinkStat::tx_compressed)},
    Counter{kDeviceStatistic<"receive_nohandler">, sum(LinkStat::rx_nohandler)},
};

constexpr std::array kFileSums{
    Counter{kDeviceStatistic<"receive_bytes">, sum(NetDevColumn::rx_bytes)},
    Counter{kDeviceStatistic<"receive_packets">, sum(NetDevColumn::rx_packets)},
    Counter{kDeviceStatistic<"receive_errs">, sum(NetDevColumn::rx_errs)},
    Counter{kDeviceStatistic<"receive_drop">, sum(NetDevColumn::rx_drop)},
    Counter{kDeviceStatistic<"receive_fifo">, sum(NetDevColumn::rx_fifo)},
    Counter{kDeviceStatistic<"receive_frame">, sum(NetDevColumn::rx_frame)},
    Counter{kDeviceStatistic<"receive_compressed">, sum(NetDevColumn::rx_compressed)},
    Counter{kDeviceStatistic<"receive_multicast">, sum(NetDevColumn::rx_multicast)},
    Counter{kDeviceStatistic<"transmit_bytes">, sum(NetDevColumn::tx_bytes)},
    Counter{kDeviceStatistic<"transmit_packets">, sum(NetDevColumn::tx_packets)},
    Counter{kDeviceStatistic<"transmit_errs">, sum(NetDevColumn::tx_errs)},
    Counter{kDeviceStatistic<"transmit_drop">, sum(NetDevColumn::tx_drop)},
    Counter{kDeviceStatistic<"transmit_fifo">, sum(NetDevColumn::tx_fifo)},
    Counter{kDeviceStatistic<"transmit_colls">, sum(NetDevColumn::tx_colls)},
    Counter{kDeviceStatistic<"transmit_carrier">, sum(NetDevColumn::tx_carrier)},
    Counter{kDeviceStatistic<"transmit_compressed">, sum(NetDevColumn::tx_compressed)},
};

// Upstream renames only part of what it reads from the file.
constexpr std::array kFileDetailed{
    Counter{kDeviceStatistic<"receive_bytes">, sum(NetDevColumn::rx_bytes)},
    Counter{kDeviceStatistic<"receive_packets">, sum(NetDevColumn::rx_packets)},
    Counter{kDeviceStatistic<"receive_errors">, sum(NetDevColumn::rx_errs)},
    Counter{kDeviceStatistic<"receive_dropped">, sum(NetDevColumn::rx_drop)},
    Counter{kDeviceStatistic<"receive_fifo">, sum(NetDevColumn::rx_fifo)},
    Counter{kDeviceStatistic<"receive_frame">, sum(NetDevColumn::rx_frame)},
    Counter{kDeviceStatistic<"receive_compressed">, sum(NetDevColumn::rx_compressed)},
    Counter{kDeviceStatistic<"receive_multicast">, sum(NetDevColumn::rx_multicast)},
    Counter{kDeviceStatistic<"transmit_bytes">, sum(NetDevColumn::tx_bytes)},
    Counter{kDeviceStatistic<"transmit_packets">, sum(NetDevColumn::tx_packets)},
    Counter{kDeviceStatistic<"transmit_errors">, sum(NetDevColumn::tx_errs)},
    Counter{kDeviceStatistic<"transmit_dropped">, sum(NetDevColumn::tx_drop)},
    Counter{kDeviceStatistic<"transmit_fifo">, sum(NetDevColumn::tx_fifo)},
    Counter{kDeviceStatistic<"transmit_colls">, sum(NetDevColumn::tx_colls)},
    Counter{kDeviceStatistic<"transmit_carrier">, sum(NetDevColumn::tx_carrier)},
    Counter{kDeviceStatistic<"transmit_compressed">, sum(NetDevColumn::tx_compressed)},
};

constexpr auto kAddress =
    metrics::gauge("node_network_address_info", "node network address by device", "address",
                   "device", "netmask", "scope");

constexpr std::array<std::string_view, 2> kDeviceAndAlias{"device", "ifalias"};

// One device: views into the dump or the file.
struct Row {
  std::string_view name;
  std::string_view alias;
  std::span<const std::uint64_t> values;
};

std::uint64_t value_of(const Row& row, std::uint32_t parts) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    if ((parts >> i & 1U) != 0) value += row.values[i];
  }
  return value;
}

// The filter from the flags and from those that went by other names before.
Result<DeviceFilter> filter_of(const config::Options& options) {
  std::string include = options.text("device-include");
  std::string exclude = options.text("device-exclude");
  for (const auto& [text, now, before] :
       {std::tuple{&include, "device-include", "device-whitelist"},
        std::tuple{&exclude, "device-exclude", "device-blacklist"}}) {
    const auto& old = options.text(before);
    if (old.empty()) continue;
    if (!text->empty()) {
      return fail("collector.netdev." + std::string(before) + " is the old name of " + now +
                  ": set one of them");
    }
    *text = old;
  }
  auto filter = DeviceFilter::make(include, exclude);
  if (!filter) return fail("collector.netdev: " + filter.error().message);
  return filter;
}

class Netdev final : public Collector {
 public:
  static Result<std::unique_ptr<Collector>> create(const Context& context) {
    auto filter = filter_of(context.options);
    if (!filter) return fail(filter);
    return std::unique_ptr<Collector>(new Netdev(context, std::move(*filter)));
  }

  Status collect(metrics::Sink& out) override {
    auto done = read();
    filter_.end_scrape();
    if (!done) return done;
    for (const auto& counter : counters_) emit(out, counter);
    if (!address_info_) return {};
    auto rows = out.rows(kAddress);
    for (const auto& [address, device] : chosen_addresses_) {
      rows.add({address->text(), device, address->prefix(), address->scope}, 1);
    }
    return {};
  }

 private:
  Netdev(const Context& context, DeviceFilter filter)
      : host_(context.host),
        filter_(std::move(filter)),
        file_(context.host.proc + "/net/dev"),
        net_(context.host.sys),
        netlink_(context.options.boolean("netlink")),
        address_info_(context.options.boolean("address-info")),
        label_ifalias_(context.options.boolean("label-ifalias")),
        detailed_(context.options.boolean("enable-detailed-metrics")) {}

  Status read() {
    rows_.clear();
    const bool linked = (netlink_ || address_info_) && read_links();
    if (address_info_) {
      if (!linked) return fail("netlink: want the links to name the addresses by, found none");
      if (auto done = read_addresses(); !done) return done;
    }
    if (netlink_ && linked) {
      take_links();
      return {};
    }
    return read_file();
  }

  bool read_links() {
    return host_.kernel->shared_links(*host_.clock, seen_, dump_) && links_.parse(dump_);
  }

  Status read_addresses() {
    auto done = host_.kernel->route_dump(RTM_GETADDR, AF_UNSPEC, address_dump_);
    if (done) done = parse_addresses(address_dump_, addresses_);
    if (!done) return done;
    chosen_addresses_.clear();
    for (const auto& address : addresses_) {
      const auto* const link = links_.find(address.index);
      if (link == nullptr || filter_.ignores(link->name)) continue;
      chosen_addresses_.emplace_back(&address, link->name);
    }
    return {};
  }

  void take_links() {
    counters_ = detailed_ ? std::span<const Counter>(kDetailed) : std::span<const Counter>(kSums);
    for (const auto* const link : links_.by_name()) {
      if (!filter_.ignores(link->name) && link->has_stats) {
        rows_.push_back({link->name, trim(link->alias), link->stats});
      }
    }
  }

  Status read_file() {
    counters_ =
        detailed_ ? std::span<const Counter>(kFileDetailed) : std::span<const Counter>(kFileSums);
    const auto text = file_.read();
    if (!text) return fail(text);
    if (auto done = parse_net_dev(*text, file_.path(), lines_); !done) return done;
    for (const auto& line : lines_) {
      if (!filter_.ignores(line.name)) rows_.push_back({line.name, {}, line.values});
    }
    if (label_ifalias_) read_aliases();
    return {};
  }

  // Without netlink they are in sysfs; a device without that file has no alias.
  void read_aliases() {
    if (net_.list() != 0) return;
    aliases_.resize(rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      std::array<char, 512> buffer;
      const Fd folder = net_.open(rows_[i].name);
      aliases_[i] = folder ? read_attribute(folder, "ifalias", buffer).text : "";
      rows_[i].alias = aliases_[i];
    }
  }

  void emit(metrics::Sink& out, const Counter& counter) const {
    if (rows_.empty()) return;
    auto family = counter.metric.family();
    if (label_ifalias_) family.label_names = kDeviceAndAlias;
    metrics::Rows<2> rows(out, family);
    for (const auto& row : rows_) {
      const std::array<std::string_view, 2> labels{row.name, row.alias};
      rows.add(metrics::LabelValues(labels).first(family.label_names.size()),
               static_cast<double>(value_of(row, counter.parts)));
    }
  }

  Host host_;
  RememberingFilter filter_;
  KernelFile file_;
  SysNet net_;
  bool netlink_;
  bool address_info_;
  bool label_ifalias_;
  bool detailed_;

  std::uint64_t seen_ = 0;  // of the shared links
  std::string dump_;
  Links links_;
  std::vector<NetDevLine> lines_;
  std::vector<std::string> aliases_;
  std::string address_dump_;
  std::vector<InterfaceAddress> addresses_;
  std::vector<std::pair<const InterfaceAddress*, std::string_view>> chosen_addresses_;

  std::span<const Counter> counters_;  // the families of this scrape
  std::vector<Row> rows_;
};

constexpr std::array kOptions{
    config::Option{"device-include", config::Kind::pattern, "",
                   "Regexp of net devices to include (mutually exclusive to device-exclude)."},
    config::Option{"device-exclude", config::Kind::pattern, "",
                   "Regexp of net devices to exclude (mutually exclusive to device-include)."},
    config::Option{"device-whitelist",
                   config::Kind::pattern,
                   "",
                   "DEPRECATED: Use collector.netdev.device-include",
                   {},
                   {},
                   true},
    config::Option{"device-blacklist",
                   config::Kind::pattern,
                   "",
                   "DEPRECATED: Use collector.netdev.device-exclude",
                   {},
                   {},
                   true},
    config::Option{"address-info", config::Kind::boolean, "false",
                   "Collect address-info for every device"},
    config::Option{"enable-detailed-metrics", config::Kind::boolean, "false",
                   "Use (incompatible) metric names that provide more detailed stats on Linux"},
    config::Option{"netlink", config::Kind::boolean, "true",
                   "Use netlink to gather stats instead of /proc/net/dev."},
    config::Option{"label-ifalias", config::Kind::boolean, "false", "Add ifAlias label"},
};

}  // namespace

extern constinit const CollectorInfo netdev{
    "netdev", "Traffic, errors and drops of network interfaces.", true, make<Netdev>, kOptions};

}  // namespace serverpulse::exporter::collectors
