// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// arp: how many IPv4 neighbours the kernel knows on each interface. Source: an RTM_GETNEIGH dump
// (rtnetlink(7), arp(7)), or /proc/net/arp where netlink is switched off or refused. What
// surprises: an entry is no proof of a neighbour. Asking for an address makes one, and one that
// never answers stays as "failed" for a while; so a scan of an empty subnet fills the table up to
// net.ipv4.neigh.default.gc_thresh3, after which the host cannot talk to new neighbours. Entries
// that need no ARP (loopback, point-to-point) are left out, as the file leaves them out. Only
// netlink knows the states, ip-neighbour(8).
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"
#include "exporter/readers/links.h"
#include "exporter/readers/netlink.h"
#include "exporter/readers/remembering_filter.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kEntries = metrics::gauge("node_arp_entries", "ARP entries by device", "device");
constexpr auto kStates =
    metrics::gauge("node_arp_states", "ARP states by device", "device", "state");

// In the order of the bits NUD_…; the last one stands for no bit at all.
constexpr std::array<std::string_view, 9> kStateNames{
    "incomplete", "reachable", "stale", "delay", "probe", "failed", "noarp", "permanent", "none"};
static_assert(NUD_INCOMPLETE == 1 && NUD_FAILED == 32 && NUD_NOARP == 64 && NUD_PERMANENT == 128);
constexpr std::size_t kNoState = 8;

struct Device {
  int index = 0;          // 0: from the file
  std::string_view name;  // into the dump of links, or the file
  std::uint64_t entries = 0;
  std::array<std::uint64_t, kStateNames.size()> states{};
};

class Arp final : public Collector {
 public:
  static Result<std::unique_ptr<Collector>> create(const Context& context) {
    auto filter = DeviceFilter::make(context.options.text("device-include"),
                                     context.options.text("device-exclude"));
    if (!filter) return fail("collector.arp: " + filter.error().message);
    return std::unique_ptr<Collector>(new Arp(context, std::move(*filter)));
  }

  Status collect(metrics::Sink& out) override {
    devices_.clear();
    const bool with_states = netlink_ && read_netlink();
    if (!with_states) {
      devices_.clear();
      if (auto done = read_file(); !done) return done;
    }
    std::erase_if(devices_,
                  [this](const Device& d) { return d.name.empty() || filter_.ignores(d.name); });
    filter_.end_scrape();
    std::sort(devices_.begin(), devices_.end(),
              [](const Device& a, const Device& b) { return a.name < b.name; });
    emit(out, with_states);
    return {};
  }

 private:
  Arp(const Context& context, DeviceFilter filter)
      : host_(context.host),
        filter_(std::move(filter)),
        file_(context.host.proc + "/net/arp"),
        netlink_(context.options.boolean("netlink")) {}

  // False: the kernel refused or what it said is malformed, and the file is to be read.
  bool read_netlink() {
    if (!host_.kernel->route_dump(RTM_GETNEIGH, AF_INET, dump_)) return false;
    NetlinkMessages messages(dump_);
    while (messages.next()) {
      if (messages.header().nlmsg_type != RTM_NEWNEIGH) continue;
      const auto entry = read_as<ndmsg>(messages.body());
      if (!entry) return false;
      if ((entry->ndm_state & NUD_NOARP) != 0) continue;
      auto& device = device_of(entry->ndm_ifindex);
      ++device.entries;
      const auto state = static_cast<std::size_t>(std::countr_zero(entry->ndm_state));
      ++device.states[std::min(state, kNoState)];
    }
    return messages.ok() && (devices_.empty() || name_devices());
  }

  bool name_devices() {
    if (!host_.kernel->shared_links(*host_.clock, seen_, link_dump_)) return false;
    if (!links_.parse(link_dump_)) return false;
    for (auto& device : devices_) {
      // An interface that went away meanwhile stays without a name.
      if (const auto* const link = links_.find(device.index)) device.name = link->name;
    }
    return true;
  }

  // "192.0.2.1 0x1 0x2 52:54:00:00:00:01 * eth0" below a line of headings.
  Status read_file() {
    const auto text = file_.read();
    if (!text) return fail(text);
    bool heading = true;
    for (const auto line : Lines(*text)) {
      if (!std::exchange(heading, false) && !line.empty()) {
        Fields fields(line);
        const auto name = fields.skip(5).word();
        if (!fields.ok() || fields.more()) {
          return fail(file_.path() + ": want six fields, the last a device, found " +
                      excerpt(line));
        }
        ++device_of(name).entries;
      }
    }
    return {};
  }

  // Neighbours of one device mostly come one after another, and there are few devices.
  Device& device_of(int index) {
    for (auto device = devices_.rbegin(); device != devices_.rend(); ++device) {
      if (device->index == index) return *device;
    }
    devices_.emplace_back().index = index;
    return devices_.back();
  }
  Device& device_of(std::string_view name) {
    for (auto device = devices_.rbegin(); device != devices_.rend(); ++device) {
      if (device->name == name) return *device;
    }
    devices_.emplace_back().name = name;
    return devices_.back();
  }

  void emit(metrics::Sink& out, bool with_states) const {
    {
      auto rows = out.rows(kEntries);
      for (const auto& d : devices_) rows.add({d.name}, static_cast<double>(d.entries));
    }
    if (!with_states) return;
    auto rows = out.rows(kStates);
    for (const auto& d : devices_) {
      for (std::size_t i = 0; i < kStateNames.size(); ++i) {
        if (d.states[i] != 0) rows.add({d.name, kStateNames[i]}, static_cast<double>(d.states[i]));
      }
    }
  }

  Host host_;
  RememberingFilter filter_;
  KernelFile file_;
  bool netlink_;

  std::string dump_;
  std::uint64_t seen_ = 0;  // of the shared links
  std::string link_dump_;
  Links links_;
  std::vector<Device> devices_;
};

constexpr std::array kOptions{
    config::Option{"device-include", config::Kind::pattern, "",
                   "Regexp of arp devices to include (mutually exclusive to device-exclude)."},
    config::Option{"device-exclude", config::Kind::pattern, "",
                   "Regexp of arp devices to exclude (mutually exclusive to device-include)."},
    config::Option{"netlink", config::Kind::boolean, "true",
                   "Use netlink to gather stats instead of /proc/net/arp."},
};

}  // namespace

extern constinit const CollectorInfo arp{"arp", "Neighbours known by ARP on each interface.", true,
                                         make<Arp>, kOptions};

}  // namespace serverpulse::exporter::collectors
