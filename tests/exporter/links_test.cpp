// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/links.h"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <rapidcheck/gtest.h>

#include "exporter/kernel.h"
#include "exporter/readers/addresses.h"
#include "exporter/readers/netlink.h"

namespace serverpulse::exporter {
namespace {

template <class T>
std::string bytes_of(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string padded(std::string bytes) {
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

std::string attribute(unsigned type, const std::string& body) {
  nlattr header{};
  header.nla_len = static_cast<std::uint16_t>(sizeof header + body.size());
  header.nla_type = static_cast<std::uint16_t>(type);
  return padded(bytes_of(header) + body);
}

std::string message(std::uint16_t type, const std::string& body) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + body.size());
  header.nlmsg_type = type;
  return padded(bytes_of(header) + body);
}

std::string link(int index, const std::string& name, const std::string& more = {}) {
  ifinfomsg info{};
  info.ifi_index = index;
  return message(RTM_NEWLINK,
                 bytes_of(info) + attribute(IFLA_IFNAME, name + std::string(1, '\0')) + more);
}

TEST(Links, AreSortedByName) {
  const auto dump = link(1, "lo") + link(2, "eth1") + link(3, "eth0");
  Links links;
  ASSERT_TRUE(links.parse(dump));
  ASSERT_EQ(links.by_name().size(), 3U);
  EXPECT_EQ(links.by_name()[0]->name, "eth0");
  EXPECT_EQ(links.by_name()[2]->name, "lo");
}

TEST(Links, AreFoundByNameAndByIndex) {
  const auto dump = link(1, "lo") + link(7, "eth1");
  Links links;
  ASSERT_TRUE(links.parse(dump));
  EXPECT_EQ(links.find("eth1")->index, 7);
  EXPECT_EQ(links.find(1)->name, "lo");
  EXPECT_EQ(links.find("eth"), nullptr);
  EXPECT_EQ(links.find(2), nullptr);
}

TEST(Links, OfAnyOrderAreFoundByIndex) {
  const auto dump = link(9, "d") + link(2, "a") + link(5, "c") + link(2, "b");
  Links links;
  ASSERT_TRUE(links.parse(dump));
  EXPECT_EQ(links.find(9)->name, "d");
  EXPECT_EQ(links.find(5)->name, "c");
  EXPECT_EQ(links.find(2)->name, "b");  // renamed during the dump
}

TEST(Links, OfOneNameTheLaterCounts) {
  const auto dump = link(5, "a") + link(1, "lo") + link(3, "a");
  Links links;
  ASSERT_TRUE(links.parse(dump));
  ASSERT_EQ(links.by_name().size(), 2U);
  EXPECT_EQ(links.find("a")->index, 3);
  EXPECT_EQ(links.find(5), nullptr);
}

TEST(Links, WideCountersCountWhicheverComesFirst) {
  const std::uint64_t wide = 1ULL << 40U;
  const std::uint32_t narrow = 7;
  for (const bool wide_first : {true, false}) {
    const auto a = attribute(IFLA_STATS64, bytes_of(wide));
    const auto b = attribute(IFLA_STATS, bytes_of(narrow));
    const auto dump = link(1, "lo", wide_first ? a + b : b + a);
    Links links;
    ASSERT_TRUE(links.parse(dump));
    EXPECT_EQ(links.find("lo")->stat(LinkStat::rx_packets), wide);
    EXPECT_EQ(links.find("lo")->stat(LinkStat::tx_packets), 0U);
  }
}

TEST(Links, AttributesTooShortAreAbsent) {
  const auto dump = link(1, "lo", attribute(IFLA_MTU, "ab"));
  Links links;
  ASSERT_TRUE(links.parse(dump));
  EXPECT_FALSE(links.find("lo")->mtu);
}

TEST(Links, ATruncatedMessageLeavesNone) {
  const auto dump = link(1, "lo") + link(2, "eth0");
  Links links;
  EXPECT_FALSE(links.parse(dump.substr(0, dump.size() - 4)));
  EXPECT_TRUE(links.by_name().empty());
}

TEST(Links, AnAttributeLongerThanItsMessageIsMalformed) {
  auto dump = link(1, "lo");
  dump[sizeof(nlmsghdr) + sizeof(ifinfomsg)] = 99;
  Links links;
  EXPECT_FALSE(links.parse(dump));
}

TEST(Links, AlternativeNamesAreSortedAndEachOnce) {
  const std::string zero(1, '\0');
  const auto names = attribute(IFLA_ALT_IFNAME, "b" + zero) +
                     attribute(IFLA_ALT_IFNAME, "a" + zero) +
                     attribute(IFLA_ALT_IFNAME, "b" + zero) + attribute(IFLA_ALT_IFNAME, zero);
  const auto dump = link(1, "lo", attribute(IFLA_PROP_LIST | NLA_F_NESTED, names));
  Links links;
  ASSERT_TRUE(links.parse(dump));
  std::vector<std::string_view> found;
  append_altnames(*links.find("lo"), found);
  EXPECT_EQ(found, (std::vector<std::string_view>{"a", "b"}));
}

TEST(Links, AddressesArePrintedAsSysfsPrintsThem) {
  AddressText text;
  EXPECT_EQ(format_address(std::string_view("\x02\xfc\x00\x0a", 4), text), "02:fc:00:0a");
  EXPECT_EQ(format_address("", text), "");
  EXPECT_EQ(format_address(std::string(40, '\x11'), text).size(), 95U);
}

RC_GTEST_PROP(Links, WhateverTheBytesAreNothingIsReadBeyondThem, (const std::string& bytes)) {
  const std::vector<char> exact(bytes.begin(), bytes.end());  // so that a sanitizer sees its end
  const std::string_view dump(exact.data(), exact.size());
  Links links;
  if (!links.parse(dump)) RC_ASSERT(links.by_name().empty());
  std::vector<InterfaceAddress> addresses;
  RC_ASSERT(parse_addresses(dump, addresses) || addresses.size() < bytes.size() + 1);
}

RC_GTEST_PROP(Links, ADumpCutAnywhereIsRefusedOrHoldsTheFirstLinks, ()) {
  const auto one = link(1, "lo");
  const auto dump = one + link(2, "eth0", attribute(IFLA_MTU, "1234"));
  const auto cut = *rc::gen::inRange<std::size_t>(0, dump.size());
  Links links;
  const bool whole = links.parse(std::string_view(dump).substr(0, cut));
  RC_ASSERT(whole == (cut == 0 || cut == one.size()));
  RC_ASSERT(links.by_name().size() == (cut == one.size() ? 1U : 0U));
}

// Counts its dumps; each bears its number.
class CountingKernel final : public Kernel {
 public:
  Result<utsname> uname() override { return fail("none"); }
  Result<timex> adjtimex(int&) override { return fail("none"); }
  Result<struct statfs> statfs(const std::string&) override { return fail("none"); }
  Status route_dump(std::uint16_t, unsigned char, std::string& buffer) override {
    if (broken) return fail("broken");
    buffer = std::to_string(++dumps);
    return {};
  }
  int dumps = 0;
  bool broken = false;
};

class SharedLinks : public testing::Test {
 protected:
  std::string ask(std::uint64_t& seen) {
    std::string buffer;
    const auto done = kernel_.shared_links(clock_, seen, buffer);
    return done ? buffer : "refused";
  }
  CountingKernel kernel_;
  ManualClock clock_;
  std::uint64_t netclass_ = 0;
  std::uint64_t netdev_ = 0;
};

TEST_F(SharedLinks, OneDumpServesTheCollectorsOfAScrape) {
  EXPECT_EQ(ask(netclass_), "1");
  EXPECT_EQ(ask(netdev_), "1");
  EXPECT_EQ(kernel_.dumps, 1);
}

TEST_F(SharedLinks, ACollectorNeverGetsADumpTwice) {
  EXPECT_EQ(ask(netclass_), "1");
  EXPECT_EQ(ask(netclass_), "2");
  EXPECT_EQ(ask(netdev_), "2");
}

TEST_F(SharedLinks, ADumpGrowsOld) {
  EXPECT_EQ(ask(netclass_), "1");
  clock_.advance(Kernel::kLinksFresh + std::chrono::milliseconds(1));
  EXPECT_EQ(ask(netdev_), "2");
}

TEST_F(SharedLinks, AfterAFailureNoOldDumpIsGiven) {
  EXPECT_EQ(ask(netclass_), "1");
  kernel_.broken = true;
  EXPECT_EQ(ask(netclass_), "refused");
  EXPECT_EQ(ask(netdev_), "refused");
  kernel_.broken = false;
  EXPECT_EQ(ask(netdev_), "2");
}

}  // namespace
}  // namespace serverpulse::exporter
