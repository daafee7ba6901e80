// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/net_device.h"

#include <fcntl.h>
#include <net/if.h>

#include <cerrno>

#include "base/fields.h"

namespace serverpulse::exporter {
namespace {

using Buffer = std::array<char, 512>;  // an alias has up to 255 bytes

constexpr std::size_t kMostFound = 64;  // of an odd attribute, in the log

// IFF_LOWER_UP and IFF_DORMANT, which net/if.h lacks.
constexpr std::uint32_t kLowerUp = 1U << 16U;
constexpr std::uint32_t kDormant = 1U << 17U;

constexpr std::array<const char*, kProperties> kNumberFiles{"addr_assign_type",
                                                            "carrier",
                                                            "carrier_changes",
                                                            "carrier_down_count",
                                                            "carrier_up_count",
                                                            "dev_id",
                                                            "dormant",
                                                            "flags",
                                                            "ifindex",
                                                            "iflink",
                                                            "link_mode",
                                                            "mtu",
                                                            "name_assign_type",
                                                            "netdev_group",
                                                            "speed",
                                                            "tx_queue_len",
                                                            "type"};

struct TextFile {
  const char* name;
  std::string NetDevice::*member;
};
constexpr std::array kTextFiles{
    TextFile{"address", &NetDevice::address}, TextFile{"broadcast", &NetDevice::broadcast},
    TextFile{"duplex", &NetDevice::duplex}, TextFile{"ifalias", &NetDevice::ifalias},
    TextFile{"operstate", &NetDevice::operstate}};

// In the order of KeptFiles::files. The last two mean something only while the interface is up.
constexpr std::array<Property, 5> kKeptNumbers{Property::addr_assign_type, Property::dev_id,
                                               Property::flags, Property::name_assign_type,
                                               Property::speed};
constexpr std::size_t kKeptSpeed = 4;
constexpr std::size_t kKeptDuplex = 5;

const char* kept_name(std::size_t file) {
  return file == kKeptDuplex ? "duplex"
                             : kNumberFiles[static_cast<std::size_t>(kKeptNumbers[file])];
}

// operstates of net/core/net-sysfs.c, RFC 2863.
constexpr std::array<std::string_view, 7> kOperstates{
    "unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"};

// As the kernel prints numbers: decimal, or hexadecimal after 0x.
std::optional<std::int64_t> parse_attribute(std::string_view text) {
  if (!text.starts_with("0x")) return parse_number<std::int64_t>(text);
  const auto value = parse_number<std::uint64_t>(text.substr(2), 16);
  if (!value || *value > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::string path_of(const SysNet& net, std::string_view device, const char* file) {
  return net.path() + "/" + std::string(device) + "/" + file;
}

// False: gone. Leaves absent attributes alone, and odd ones.
Result<bool> store(const SysNet& net, NetDevice& device, Property which, const SysText& answer,
                   OddAttributes& odd) {
  if (device_gone(answer.error)) return false;
  if (attribute_absent(answer.error)) return true;
  const auto* const file = kNumberFiles[static_cast<std::size_t>(which)];
  if (answer.error != 0) return fail_errno(path_of(net, device.name, file), answer.error);
  const auto value = parse_attribute(answer.text);
  if (value) {
    device.number(which) = value;
  } else {
    odd.tell(net, device, file, answer.text);
  }
  return true;
}

Result<bool> store(const SysNet& net, NetDevice& device, const TextFile& file,
                   const SysText& answer) {
  if (device_gone(answer.error)) return false;
  if (attribute_absent(answer.error)) return true;
  if (answer.error != 0) return fail_errno(path_of(net, device.name, file.name), answer.error);
  (device.*file.member).assign(answer.text);
  return true;
}

Result<bool> not_opened(const SysNet& net, const NetDevice& device) {
  if (errno == ENOENT || device_gone(errno)) return false;
  return fail_errno(net.path() + "/" + device.name, errno);
}

// sysfs prints most of these as signed numbers, whatever they are in the kernel.
std::optional<std::int64_t> as_signed(std::optional<std::uint32_t> value) {
  if (!value) return std::nullopt;
  return static_cast<std::int32_t>(*value);
}

void store_link(const Link& link, NetDevice& device) {
  device.link = &link;
  const bool up = (link.flags & IFF_UP) != 0;
  AddressText text;
  device.address.assign(format_address(link.address, text));
  device.broadcast.assign(format_address(link.broadcast, text));
  device.ifalias.assign(trim(link.alias));
  if (link.operstate && *link.operstate < kOperstates.size()) {
    device.operstate.assign(kOperstates[*link.operstate]);
  }
  if (up) {
    device.number(Property::carrier) = link.carrier;
    device.number(Property::dormant) = (link.flags & kDormant) != 0 ? 1 : 0;
  }
  device.number(Property::carrier_changes) = as_signed(link.carrier_changes);
  device.number(Property::carrier_down_count) = as_signed(link.carrier_down_count);
  device.number(Property::carrier_up_count) = as_signed(link.carrier_up_count);
  // The file knows better where there is one: who else made it promiscuous.
  device.number(Property::flags) = link.flags & ~(IFF_RUNNING | kLowerUp | kDormant);
  device.number(Property::ifindex) = link.index;
  device.number(Property::iflink) = link.lower ? as_signed(link.lower) : link.index;
  device.number(Property::link_mode) = link.link_mode;
  device.number(Property::mtu) = as_signed(link.mtu);
  device.number(Property::netdev_group) = as_signed(link.group);
  device.number(Property::tx_queue_len) = as_signed(link.queue_length);
  device.number(Property::type) = link.type;
}

}  // namespace

void OddAttributes::tell(const SysNet& net, const NetDevice& device, const char* file,
                         std::string_view found) {
  key_.assign(device.name).append("/").append(file);
  if (told_.size() == kMost || told_.contains(key_)) return;
  told_.insert(key_);
  logger_->warn(
      "left out an attribute of a network interface: want a whole number",
      {{"file", path_of(net, device.name, file)}, {"found", found.substr(0, kMostFound)}});
}

void NetDevice::reset(std::string_view new_name) {
  name.assign(new_name);
  for (auto* const text : {&address, &broadcast, &duplex, &ifalias, &operstate}) text->clear();
  numbers.fill(std::nullopt);
  link = nullptr;
}

Result<bool> read_device(const SysNet& net, NetDevice& device, OddAttributes& odd) {
  const Fd folder = net.open(device.name);
  if (!folder) return not_opened(net, device);
  Buffer buffer;
  for (std::size_t i = 0; i < kProperties; ++i) {
    auto done = store(net, device, static_cast<Property>(i),
                      read_attribute(folder, kNumberFiles[i], buffer), odd);
    if (!done || !*done) return done;
  }
  for (const auto& file : kTextFiles) {
    auto done = store(net, device, file, read_attribute(folder, file.name, buffer));
    if (!done || !*done) return done;
  }
  return true;
}

Result<bool> read_device(const SysNet& net, const Link& link, KeptFiles& kept, NetDevice& device,
                         OddAttributes& odd) {
  store_link(link, device);
  Fd folder;
  if (!kept.open) {
    folder = net.open(device.name);
    if (!folder) return not_opened(net, device);
  }
  Buffer buffer;
  const auto read = [&](std::size_t file) -> SysText {
    if (!kept.open) return read_attribute(folder, kept_name(file), buffer);
    if (!kept.files[file]) return {{}, ENOENT};
    return read_attribute(kept.files[file], buffer);
  };
  const bool up = (link.flags & IFF_UP) != 0;
  for (std::size_t i = 0; i < (up ? kKeptNumbers.size() : kKeptSpeed); ++i) {
    auto done = store(net, device, kKeptNumbers[i], read(i), odd);
    if (!done || !*done) return done;
  }
  if (!up) return true;
  return store(net, device, {"duplex", &NetDevice::duplex}, read(kKeptDuplex));
}

bool adopt(const SysNet& net, const Link& link, bool keep, KeptFiles& kept) {
  const Fd folder = net.open(link.name);
  if (!folder) return false;
  Buffer buffer;
  const auto index = read_attribute(folder, "ifindex", buffer);
  if (index.error != 0 || parse_attribute(index.text) != link.index) return false;
  AddressText address;
  const auto found = read_attribute(folder, "address", buffer);
  if (found.error != 0 || found.text != format_address(link.address, address)) return false;
  kept.index = link.index;
  kept.name.assign(link.name);
  kept.open = keep;
  for (std::size_t i = 0; keep && i < KeptFiles::kFiles; ++i) {
    kept.files[i] = Fd(::openat(folder.get(), kept_name(i), O_RDONLY | O_CLOEXEC));
    if (!kept.files[i] && !attribute_absent(errno)) kept.open = false;  // no more descriptors?
  }
  return true;
}

}  // namespace serverpulse::exporter
