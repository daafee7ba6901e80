// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The readers of the network collectors where no interfaces are needed: what is logged of odd
// attributes, and the order of addresses and links.
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/fd.h"
#include "exporter/readers/addresses.h"
#include "exporter/readers/net_device.h"

namespace serverpulse::exporter {
namespace {

class Odd : public testing::Test {
 protected:
  void tell(const std::string& device, const char* file) {
    NetDevice d;
    d.name = device;
    odd_.tell(net_, d, file, "x");
  }
  std::string log() const {
    std::string text(1U << 20U, '\0');
    const auto got = ::pread(file_.get(), text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(got));
    return text;
  }
  std::size_t lines() const {
    const auto text = log();
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  const Fd file_{::memfd_create("log", MFD_CLOEXEC)};
  const SystemClock clock_;
  const log::Logger logger_{clock_, file_.get()};
  const SysNet net_{"/s"};
  OddAttributes odd_{logger_};
};

TEST_F(Odd, AttributesAreToldOncePerInterfaceAndFile) {
  for (int i = 0; i < 3; ++i) {
    tell("eth0", "mtu");
    tell("eth0", "speed");
    tell("eth1", "mtu");
  }
  EXPECT_EQ(lines(), 3U);
  EXPECT_NE(log().find("file=/s/class/net/eth1/mtu found=x"), std::string::npos) << log();
}

TEST_F(Odd, AttributesOfEverNewInterfacesAreNotToldWithoutEnd) {
  for (int i = 0; i < 1000; ++i) tell("veth" + std::to_string(i), "mtu");
  EXPECT_EQ(lines(), OddAttributes::kMost);
}

// The address 10.0.<number> of an interface, as RTM_GETADDR answers it.
std::string address_message(unsigned index, std::uint16_t number) {
  struct Message {
    nlmsghdr header;
    ifaddrmsg info;
    nlattr attribute;
    unsigned char address[4];
  } message{};
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = RTM_NEWADDR;
  message.info.ifa_family = AF_INET;
  message.info.ifa_prefixlen = 24;
  message.info.ifa_index = index;
  message.attribute.nla_len = sizeof message.attribute + sizeof message.address;
  message.attribute.nla_type = IFA_LOCAL;
  message.address[0] = 10;
  message.address[2] = static_cast<unsigned char>(number >> 8U);
  message.address[3] = static_cast<unsigned char>(number & 0xffU);
  return std::string(reinterpret_cast<const char*>(&message), sizeof message);
}

TEST(Addresses, ThatStandTwiceAreTakenOnceAndThoseOfAnInterfaceStandTogether) {
  std::string dump;
  for (const unsigned index : {2U, 1U, 2U}) {
    for (std::uint16_t i = 0; i < 5000; ++i) dump += address_message(index, i);
  }
  std::vector<InterfaceAddress> addresses;
  ASSERT_TRUE(parse_addresses(dump, addresses));
  ASSERT_EQ(addresses.size(), 10000U);
  EXPECT_EQ(addresses[4999].index, 1);
  EXPECT_EQ(addresses[5000].index, 2);
  EXPECT_EQ(addresses[5000].text(), "10.0.0.0");
}

}  // namespace
}  // namespace serverpulse::exporter
