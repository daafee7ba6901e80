// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// arp: how many IPv4 neighbours the kernel knows on each interface. Source: an RTM_GETNEIGH dump
// (rtnetlink(7), arp(7)), or /proc/net/arp where netlink is switched off or refused. What
// surprises: an entry is no proof of a neighbour. Asking for an address makes one, and one that
// never answers stays as "failed" for a while; so a scan of an empty subnet fills the table up to
// net.ipv4.neigh.default.gc_thresh3, after which the host cannot talk to new neighbours. Entries
// that need no ARP (loopback, point-to-point) are left out, as the file leaves them out. Both
// sources go through a hash table, so the neighbours of one interface do not stand together.
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"
#include "exporter/readers/links.h"
#include "exporter/readers/netlink.h"
#include "exporter/readers/remembering_filter.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kEntries = metrics::gauge("node_arp_entries", "ARP entries by device", "device");

struct Device {
  std::string_view name;  // into the dump of links, or the file
  std::uint64_t entries = 0;
};

// Calls `each(first, count)` for each run of equal items, once they are sorted.
template <class T, class Each>
void count_equal(std::vector<T>& items, Each each) {
  std::sort(items.begin(), items.end());
  for (auto first = items.begin(); first != items.end();) {
    const auto end =
        std::find_if(first, items.end(), [&](const T& item) { return item != *first; });
    each(*first, static_cast<std::uint64_t>(end - first));
    first = end;
  }
}

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
    if (!netlink_ || !read_netlink()) {
      if (auto done = read_file(); !done) return done;
    }
    std::erase_if(devices_, [this](const Device& d) { return filter_.ignores(d.name); });
    filter_.end_scrape();
    std::sort(devices_.begin(), devices_.end(),
              [](const Device& a, const Device& b) { return a.name < b.name; });
    auto rows = out.rows(kEntries);
    for (const auto& d : devices_) rows.add({d.name}, static_cast<double>(d.entries));
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
    auto done = host_.kernel->route_dump(RTM_GETNEIGH, AF_INET, dump_);
    if (!done) return fall_back(done.error().message);
    if (!parse_neighbours()) return fall_back("malformed neighbours");
    if (indices_.empty()) return true;
    done = host_.kernel->shared_links(*host_.clock, seen_, link_dump_);
    if (!done) return fall_back(done.error().message);
    if (!links_.parse(link_dump_)) return fall_back("malformed links");
    count_equal(indices_, [this](int index, std::uint64_t count) {
      // An interface that went away meanwhile has no name.
      if (const auto* const link = links_.find(index)) devices_.push_back({link->name, count});
    });
    return true;
  }

  bool parse_neighbours() {
    indices_.clear();
    NetlinkMessages messages(dump_);
    while (messages.next()) {
      if (messages.header().nlmsg_type != RTM_NEWNEIGH) continue;
      const auto entry = read_as<ndmsg>(messages.body());
      if (!entry) return false;
      if ((entry->ndm_state & NUD_NOARP) == 0) indices_.push_back(entry->ndm_ifindex);
    }
    return messages.ok();
  }

  // Says so once. Always false.
  bool fall_back(std::string_view why) {
    if (!std::exchange(fell_back_, true)) {
      host_.logger->warn("arp cannot use netlink, reads the file instead",
                         {{"file", file_.path()}, {"err", why}});
    }
    return false;
  }

  // "192.0.2.1 0x1 0x2 52:54:00:00:00:01 * eth0" below a line of headings.
  Status read_file() {
    const auto text = file_.read();
    if (!text) return fail(text);
    names_.clear();
    bool heading = true;
    for (const auto line : Lines(*text)) {
      if (!std::exchange(heading, false) && !line.empty()) {
        Fields fields(line);
        const auto name = fields.skip(5).word();
        if (!fields.ok() || fields.more()) {
          return fail(file_.path() + ": want six fields, the last a device, found " +
                      excerpt(line));
        }
        names_.push_back(name);
      }
    }
    count_equal(names_, [this](std::string_view name, std::uint64_t count) {
      devices_.push_back({name, count});
    });
    return {};
  }

  Host host_;
  RememberingFilter filter_;
  KernelFile file_;
  bool netlink_;

  std::string dump_;
  std::uint64_t seen_ = 0;  // of the shared links
  std::string link_dump_;
  Links links_;
  bool fell_back_ = false;
  std::vector<int> indices_;             // of the interface of each neighbour
  std::vector<std::string_view> names_;  // likewise, from the file
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
