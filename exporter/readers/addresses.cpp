// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/addresses.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "base/fields.h"
#include "exporter/readers/netlink.h"

namespace serverpulse::exporter {
namespace {

std::string_view scope_of(const in_addr& address) {
  const auto host = ntohl(address.s_addr);
  if ((host >> 24U) == 127 || (host >> 16U) == 0xa9fe || (host >> 8U) == 0xe00000) {
    return "link-local";  // 127/8, 169.254/16, 224.0.0/24
  }
  const bool multicast = (host >> 28U) == 0xe;
  return multicast || host == INADDR_ANY || host == INADDR_BROADCAST ? "" : "global";
}

std::string_view scope_of(const in6_addr& address) {
  if (IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_LINKLOCAL(&address)) return "link-local";
  const unsigned multicast_scope = address.s6_addr[1] & 0xfU;
  if (IN6_IS_ADDR_MULTICAST(&address)) {
    return multicast_scope == 2 ? "link-local" : multicast_scope == 1 ? "interface-local" : "";
  }
  return IN6_IS_ADDR_UNSPECIFIED(&address) ? "" : "global";
}

template <class Address>
bool describe(int family, std::string_view bytes, InterfaceAddress& out) {
  const auto address = read_as<Address>(bytes);
  if (!address) return false;
  out.scope = scope_of(*address);
  return ::inet_ntop(family, &*address, out.address.data(), out.address.size()) != nullptr;
}

// False: malformed. Addresses of other families leave `out.address` empty.
bool parse_address(std::string_view body, InterfaceAddress& out) {
  const auto info = read_as<ifaddrmsg>(body);
  if (!info) return false;
  std::string_view local;
  std::string_view address;
  NetlinkAttributes attributes(body.substr(std::min(body.size(), NLMSG_ALIGN(sizeof *info))));
  while (attributes.next()) {
    if (attributes.type() == IFA_LOCAL) local = attributes.body();
    if (attributes.type() == IFA_ADDRESS) address = attributes.body();
  }
  if (!attributes.ok()) return false;
  out.index = static_cast<int>(info->ifa_index);
  auto& bits = out.prefix_bits;  // three digits at most
  std::to_chars(bits.data(), bits.data() + bits.size(), info->ifa_prefixlen);
  const auto own = local.empty() ? address : local;
  if (info->ifa_family == AF_INET) return describe<in_addr>(AF_INET, own, out);
  if (info->ifa_family == AF_INET6) return describe<in6_addr>(AF_INET6, own, out);
  return true;
}

}  // namespace

Status parse_addresses(std::string_view dump, std::vector<InterfaceAddress>& addresses) {
  addresses.clear();
  NetlinkMessages messages(dump);
  while (messages.next()) {
    if (messages.header().nlmsg_type != RTM_NEWADDR) continue;
    InterfaceAddress address;
    if (!parse_address(messages.body(), address)) {
      return fail("netlink: want an address with whole attributes, found " +
                  excerpt(messages.body()));
    }
    if (!address.text().empty()) addresses.push_back(address);
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  if (messages.ok()) return {};
  return fail("netlink: want a whole message of addresses, found " + excerpt(messages.rest()));
}

}  // namespace serverpulse::exporter
