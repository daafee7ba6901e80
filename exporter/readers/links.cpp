// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/links.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "exporter/readers/netlink.h"

namespace serverpulse::exporter {
namespace {

static_assert(offsetof(rtnl_link_stats64, rx_nohandler) == 8 * (kLinkStats - 1));
static_assert(offsetof(rtnl_link_stats, rx_nohandler) == 4 * (kLinkStats - 1));

// A kernel older or newer than these headers sends fewer or more members.
template <class Word>
void copy_stats(std::string_view bytes, Link& link) {
  link.has_stats = true;
  for (std::size_t i = 0; i < kLinkStats; ++i) {
    const auto at = i * sizeof(Word);
    link.stats[i] = at < bytes.size() ? read_as<Word>(bytes.substr(at)).value_or(0) : 0;
  }
}

void take(unsigned type, std::string_view body, Link& link, bool& wide) {
  switch (type) {
    case IFLA_IFNAME:
      link.name = netlink_text(body);
      break;
    case IFLA_IFALIAS:
      link.alias = netlink_text(body);
      break;
    case IFLA_ADDRESS:
      link.address = body;
      break;
    case IFLA_BROADCAST:
      link.broadcast = body;
      break;
    case IFLA_PROP_LIST:
      link.properties = body;
      break;
    case IFLA_OPERSTATE:
      link.operstate = read_as<std::uint8_t>(body);
      break;
    case IFLA_LINKMODE:
      link.link_mode = read_as<std::uint8_t>(body);
      break;
    case IFLA_CARRIER:
      link.carrier = read_as<std::uint8_t>(body);
      break;
    case IFLA_CARRIER_CHANGES:
      link.carrier_changes = read_as<std::uint32_t>(body);
      break;
    case IFLA_CARRIER_UP_COUNT:
      link.carrier_up_count = read_as<std::uint32_t>(body);
      break;
    case IFLA_CARRIER_DOWN_COUNT:
      link.carrier_down_count = read_as<std::uint32_t>(body);
      break;
    case IFLA_LINK:
      link.lower = read_as<std::uint32_t>(body);
      break;
    case IFLA_MTU:
      link.mtu = read_as<std::uint32_t>(body);
      break;
    case IFLA_GROUP:
      link.group = read_as<std::uint32_t>(body);
      break;
    case IFLA_TXQLEN:
      link.queue_length = read_as<std::uint32_t>(body);
      break;
    case IFLA_STATS64:
      copy_stats<std::uint64_t>(body, link);
      wide = true;
      break;
    case IFLA_STATS:
      if (!wide) copy_stats<std::uint32_t>(body, link);
      break;
    default:
      break;
  }
}

bool parse_link(std::string_view body, Link& link) {
  const auto info = read_as<ifinfomsg>(body);
  if (!info) return false;
  link.index = info->ifi_index;
  link.flags = info->ifi_flags;
  link.type = info->ifi_type;
  bool wide = false;
  NetlinkAttributes attributes(body.substr(std::min(body.size(), NLMSG_ALIGN(sizeof *info))));
  while (attributes.next()) take(attributes.type(), attributes.body(), link, wide);
  return attributes.ok();
}

}  // namespace

bool Links::parse(std::string_view dump) {
  links_.clear();
  by_name_.clear();
  by_index_.clear();
  NetlinkMessages messages(dump);
  while (messages.next()) {
    if (messages.header().nlmsg_type != RTM_NEWLINK) continue;
    Link link;
    if (!parse_link(messages.body(), link)) {
      links_.clear();
      return false;
    }
    if (!link.name.empty()) links_.push_back(link);
  }
  if (!messages.ok()) {
    links_.clear();
    return false;
  }
  for (const auto& link : links_) by_name_.push_back(&link);
  // Of links of one name the last comes first, and unique() keeps it.
  const auto later_first = [](const Link* a, const Link* b) {
    return a->name != b->name ? a->name < b->name : a > b;
  };
  std::sort(by_name_.begin(), by_name_.end(), later_first);
  by_name_.erase(std::unique(by_name_.begin(), by_name_.end(),
                             [](const Link* a, const Link* b) { return a->name == b->name; }),
                 by_name_.end());
  // Recent kernels dump in this order.
  const auto by_index = [](const Link* a, const Link* b) {
    return a->index != b->index ? a->index < b->index : a > b;
  };
  for (const auto& link : links_) by_index_.push_back(&link);
  if (!std::is_sorted(by_index_.begin(), by_index_.end(), by_index)) {
    std::sort(by_index_.begin(), by_index_.end(), by_index);
  }
  return true;
}

const Link* Links::find(std::string_view name) const {
  const auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [](const Link* link, std::string_view text) { return link->name < text; });
  return found != by_name_.end() && (*found)->name == name ? *found : nullptr;
}

const Link* Links::find(int index) const {
  const auto found =
      std::lower_bound(by_index_.begin(), by_index_.end(), index,
                       [](const Link* link, int wanted) { return link->index < wanted; });
  if (found == by_index_.end() || (*found)->index != index) return nullptr;
  return find((*found)->name) == *found ? *found : nullptr;
}

void append_altnames(const Link& link, std::vector<std::string_view>& names) {
  const auto first = static_cast<std::ptrdiff_t>(names.size());
  NetlinkAttributes attributes(link.properties);
  while (attributes.next()) {
    const auto name = netlink_text(attributes.body());
    if (attributes.type() == IFLA_ALT_IFNAME && !name.empty()) names.push_back(name);
  }
  std::sort(names.begin() + first, names.end());
  names.erase(std::unique(names.begin() + first, names.end()), names.end());
}

std::string_view format_address(std::string_view bytes, AddressText& text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::size_t length = 0;
  for (const char c : bytes.substr(0, text.size() / 3)) {
    const auto byte = static_cast<unsigned char>(c);
    if (length > 0) text[length++] = ':';
    text[length++] = kHex[byte >> 4U];
    text[length++] = kHex[byte & 0xfU];
  }
  return {text.data(), length};
}

}  // namespace serverpulse::exporter
