// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The first byte of the input chooses a parser of the network collectors, the rest is what the
// kernel is made to say: netlink dumps of links or addresses, /proc/net/dev.
#include <cstdint>
#include <cstdlib>

#include "exporter/readers/addresses.h"
#include "exporter/readers/links.h"
#include "exporter/readers/proc_net_dev.h"

namespace {

using namespace serverpulse::exporter;

void require(bool holds) {
  if (!holds) std::abort();
}

void links_of(std::string_view bytes) {
  Links links;
  const bool whole = links.parse(bytes);
  require(whole || links.by_name().empty());
  std::string_view last;
  std::vector<std::string_view> names;
  AddressText text;
  for (const auto* link : links.by_name()) {
    require(link->name > last);
    last = link->name;
    require(links.find(link->name) == link);
    const auto* const same_index = links.find(link->index);
    require(same_index == nullptr || same_index->index == link->index);
    append_altnames(*link, names);
    require(format_address(link->address, text).size() <= text.size());
  }
}

void addresses_of(std::string_view bytes) {
  std::vector<InterfaceAddress> addresses;
  if (!parse_addresses(bytes, addresses)) return;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    require(!addresses[i].text().empty());
    if (i > 0) require(addresses[i - 1] < addresses[i]);
  }
}

void file_of(std::string_view bytes) {
  std::vector<NetDevLine> lines;
  if (!parse_net_dev(bytes, "dev", lines)) require(lines.empty());
  for (std::size_t i = 1; i < lines.size(); ++i) require(lines[i - 1].name < lines[i].name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      links_of(bytes);
      break;
    case 1:
      addresses_of(bytes);
      break;
    default:
      file_of(bytes);
      break;
  }
  return 0;
}
