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
#include "exporter/readers/netdev_families.h"
#include "exporter/readers/proc_net_dev.h"
#include "exporter/readers/remembering_filter.h"
#include "exporter/readers/sys_net.h"

namespace serverpulse::exporter::collectors {
namespace {

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
Result<DeviceFilter> filter_of(const Context& context) {
  const auto& options = context.options;
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
    const std::string flag = "--collector.netdev.";
    context.host.logger->warn(flag + before + " is deprecated, use " + flag + now);
    *text = old;
  }
  auto filter = DeviceFilter::make(include, exclude);
  if (!filter) return fail("collector.netdev: " + filter.error().message);
  return filter;
}

class Netdev final : public Collector {
 public:
  static Result<std::unique_ptr<Collector>> create(const Context& context) {
    auto filter = filter_of(context);
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
    const auto done = host_.kernel->shared_links(*host_.clock, seen_, dump_);
    if (done && links_.parse(dump_)) return true;
    if (netlink_ && !std::exchange(fell_back_, true)) {
      host_.logger->warn(
          "netdev cannot use netlink, reads the file instead",
          {{"file", file_.path()}, {"err", done ? "malformed links" : done.error().message}});
    }
    return false;
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
    counters_ = detailed_ ? std::span<const DeviceCounter>(kLinkDetailed)
                          : std::span<const DeviceCounter>(kLinkSums);
    for (const auto* const link : links_.by_name()) {
      if (!filter_.ignores(link->name) && link->has_stats) {
        rows_.push_back({link->name, trim(link->alias), link->stats});
      }
    }
  }

  Status read_file() {
    counters_ = detailed_ ? std::span<const DeviceCounter>(kFileDetailed)
                          : std::span<const DeviceCounter>(kFileSums);
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

  void emit(metrics::Sink& out, const DeviceCounter& counter) const {
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
  bool fell_back_ = false;
  std::vector<NetDevLine> lines_;
  std::vector<std::string> aliases_;
  std::string address_dump_;
  std::vector<InterfaceAddress> addresses_;
  std::vector<std::pair<const InterfaceAddress*, std::string_view>> chosen_addresses_;

  std::span<const DeviceCounter> counters_;  // the families of this scrape
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
