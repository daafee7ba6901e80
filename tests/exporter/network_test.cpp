// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// arp, netclass and netdev on interfaces made for the test, in a network namespace of its own that
// goes away with the thread that lives in it. Needs CAP_SYS_ADMIN and ip(8), else it is skipped.
// What a source says is held against what the other one says: netlink against sysfs and /proc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <thread>

#include "base/fields.h"
#include "exporter/collector.h"
#include "exporter/readers/links.h"
#include "exporter/readers/netlink.h"
#include "metrics/encoder.h"

namespace serverpulse::exporter {
namespace {

using testing::HasSubstr;
using testing::Not;

// The real kernel, whose netlink may be switched off or made to lie about the MTU.
class TestKernel final : public Kernel {
 public:
  Result<utsname> uname() override { return real_.uname(); }
  Result<timex> adjtimex(int& state) override { return real_.adjtimex(state); }
  Result<struct statfs> statfs(const std::string& path) override { return real_.statfs(path); }
  Status route_dump(std::uint16_t type, unsigned char family, std::string& buffer) override {
    ++dumps;
    if (!netlink) return fail("switched off");
    auto done = real_.route_dump(type, family, buffer);
    if (done && lie && type == RTM_GETLINK) raise_mtu(buffer);
    return done;
  }

  bool netlink = true;
  bool lie = false;
  int dumps = 0;

 private:
  static void raise_mtu(std::string& buffer) {
    NetlinkMessages messages(buffer);
    while (messages.next()) {
      NetlinkAttributes attributes(messages.body().substr(sizeof(ifinfomsg)));
      while (attributes.next()) {
        if (attributes.type() == IFLA_MTU) ++buffer[attributes.body().data() - buffer.data()];
      }
    }
  }

  RealKernel real_;
};

// A collector in the namespace of the calling thread.
class Scraped {
 public:
  Scraped(std::string_view name, const std::string& sys,
          std::initializer_list<std::pair<std::string_view, std::string_view>> options = {})
      : logger_(clock_), settings_(collector_options()) {
    host_.proc = "/proc/thread-self";  // /proc/net is that of the process
    host_.sys = sys;
    host_.kernel = &kernel;
    host_.clock = &clock_;
    host_.logger = &logger_;
    const auto prefix = "collector." + std::string(name) + ".";
    for (const auto& option : collector_options()) {
      for (const auto& [key, value] : options) {
        if (option.name == prefix + std::string(key)) {
          settings_.set(option.name, *config::Settings::parse(option, value, config::Origin::flag));
        }
      }
    }
    for (const auto* info : all_collectors()) {
      if (info->name == name) {
        collector_ = *info->make({host_, config::Options(settings_, prefix)});
      }
    }
  }

  std::string text() {
    const auto encoder = metrics::make_encoder(metrics::Format::text);
    const auto done = collector_->collect(*encoder);
    EXPECT_TRUE(done) << done.error().message;
    return encoder->bytes();
  }

  TestKernel kernel;

 private:
  SystemClock clock_;
  log::Logger logger_;
  config::Settings settings_;
  Host host_;
  std::unique_ptr<Collector> collector_;
};

bool ip(const std::string& arguments) {
  return std::system(("ip " + arguments + " 2>/dev/null").c_str()) == 0;
}

// Mounts the sysfs of a new network namespace; why not, if it cannot.
std::string enter(const std::string& sys) {
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
    return std::string("no network namespace: ") + std::strerror(errno);
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("sysfs", sys.c_str(), "sysfs", 0, nullptr) != 0) {
    return std::string("no sysfs of its own: ") + std::strerror(errno);
  }
  return ip("link set lo up") ? "" : "no ip(8)";
}

// Runs `body(sys)` in a thread with a network of its own.
void in_own_network(const std::function<void(const std::string&)>& body) {
  std::string path = testing::TempDir() + "/network_XXXXXX";
  ASSERT_NE(::mkdtemp(path.data()), nullptr);
  std::string why;
  std::jthread([&] {
    why = enter(path);
    if (why.empty()) body(path);
  }).join();
  std::filesystem::remove(path);
  if (!why.empty()) GTEST_SKIP() << why;
}

// The states of a link settle in the background.
template <class Scrape>
void expect_same(Scrape a, Scrape b) {
  std::string left;
  std::string right;
  for (int tries = 0; tries < 20; ++tries) {
    left = a();
    right = b();
    if (left == right) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(left, right);
}

void expect_same_as_sysfs(Scraped& netclass, const std::string& sys) {
  Scraped fresh("netclass", sys);
  fresh.kernel.netlink = false;
  expect_same<std::function<std::string()>>([&] { return netclass.text(); },
                                            [&] { return fresh.text(); });
}

void make_interfaces() {
  ASSERT_TRUE(ip("link add va type veth peer name vb"));
  ASSERT_TRUE(ip("link set va alias '  to \"vb\"  ' group 7 txqueuelen 123 mtu 1400 up"));
  ASSERT_TRUE(ip("link set vb up"));
  ASSERT_TRUE(ip("link add vc type veth peer name vd"));
  ip("link add br0 type bridge && ip link set vb master br0 && ip link set br0 up");
  ip("link set vc promisc on allmulticast on");
}

TEST(Network, NetclassSaysTheSameFromNetlinkAndFromSysfs) {
  in_own_network([](const std::string& sys) {
    make_interfaces();
    Scraped netclass("netclass", sys);
    expect_same_as_sysfs(netclass, sys);
    EXPECT_THAT(netclass.text(), HasSubstr("ifalias=\"to \\\"vb\\\"\""));
  });
}

TEST(Network, NetclassBelievesNetlinkWhereSysfsShowsTheSameInterfaces) {
  in_own_network([](const std::string& sys) {
    make_interfaces();
    Scraped netclass("netclass", sys);
    netclass.kernel.lie = true;
    EXPECT_THAT(netclass.text(), HasSubstr("node_network_mtu_bytes{device=\"va\"} 1401\n"));
  });
}

TEST(Network, NetclassBelievesSysfsOfAnotherNamespace) {
  in_own_network([](const std::string& sys) {
    Scraped netclass("netclass", sys);
    netclass.kernel.lie = true;
    EXPECT_THAT(netclass.text(), HasSubstr("node_network_mtu_bytes{device=\"lo\"} 65537\n"));
    ASSERT_TRUE(ip("link add va mtu 1300 type veth peer name vb"));
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    Scraped other("netclass", sys);
    other.kernel.lie = true;
    EXPECT_THAT(other.text(), HasSubstr("node_network_mtu_bytes{device=\"va\"} 1300\n"));
  });
}

TEST(Network, NetclassFollowsARename) {
  in_own_network([](const std::string& sys) {
    make_interfaces();
    Scraped netclass("netclass", sys);
    EXPECT_THAT(netclass.text(), HasSubstr("node_network_mtu_bytes{device=\"vc\"} 1500\n"));
    ASSERT_TRUE(ip("link set vc name renamed"));
    expect_same_as_sysfs(netclass, sys);
    EXPECT_THAT(netclass.text(), Not(HasSubstr("\"vc\"")));
  });
}

TEST(Network, NetclassFollowsInterfacesThatSwapNames) {
  in_own_network([](const std::string& sys) {
    ASSERT_TRUE(ip("link add va type veth peer name vb"));
    ASSERT_TRUE(ip("link set va promisc on"));
    Scraped netclass("netclass", sys);
    EXPECT_THAT(netclass.text(), HasSubstr("node_network_flags{device=\"va\"} 4354\n"));
    ASSERT_TRUE(ip("link set va name x && ip link set vb name va && ip link set x name vb"));
    expect_same_as_sysfs(netclass, sys);
    EXPECT_THAT(netclass.text(), HasSubstr("node_network_flags{device=\"vb\"} 4354\n"));
  });
}

TEST(Network, NetclassFollowsAnInterfaceMadeAnewWithTheSameNameAndIndex) {
  in_own_network([](const std::string& sys) {
    const std::string make = "link add va index 77 type veth peer name vb";
    ASSERT_TRUE(ip(make) && ip("link set va promisc on"));
    Scraped netclass("netclass", sys);
    EXPECT_THAT(netclass.text(), HasSubstr("node_network_flags{device=\"va\"} 4354\n"));
    ASSERT_TRUE(ip("link del va") && ip(make));
    expect_same_as_sysfs(netclass, sys);
    EXPECT_THAT(netclass.text(), HasSubstr("node_network_flags{device=\"va\"} 4098\n"));
  });
}

TEST(Network, NetdevSaysTheSameFromNetlinkAndFromTheFile) {
  in_own_network([](const std::string& sys) {
    make_interfaces();
    Scraped netlink("netdev", sys);
    Scraped file("netdev", sys, {{"netlink", "false"}});
    // What only netlink has comes last.
    const auto without_nohandler = [](std::string text) {
      const auto at = text.find("# HELP node_network_receive_nohandler_total");
      EXPECT_NE(at, std::string::npos);
      return text.substr(0, at);
    };
    const auto sorted = [](const std::string& text) {
      std::vector<std::string> lines;
      for (const auto line : Lines(text)) lines.emplace_back(line);
      std::sort(lines.begin(), lines.end());
      return testing::PrintToString(lines);
    };
    expect_same<std::function<std::string()>>(
        [&] { return sorted(without_nohandler(netlink.text())); },
        [&] { return sorted(file.text()); });
  });
}

TEST(Network, NetdevReadsTheFileWhereNetlinkIsRefused) {
  in_own_network([](const std::string& sys) {
    Scraped netdev("netdev", sys);
    netdev.kernel.netlink = false;
    EXPECT_THAT(netdev.text(), HasSubstr("node_network_receive_bytes_total{device=\"lo\"}"));
  });
}

TEST(Network, ArpCountsTheSameFromNetlinkAndFromTheFile) {
  in_own_network([](const std::string& sys) {
    ASSERT_TRUE(ip("link add va type veth peer name vb") && ip("link set va up") &&
                ip("addr add 192.0.2.1/24 dev va"));
    ASSERT_TRUE(ip("neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va nud permanent") &&
                ip("neigh add 192.0.2.3 lladdr 02:00:00:00:00:03 dev va nud stale") &&
                ip("neigh add 192.0.2.4 lladdr 02:00:00:00:00:04 dev va nud noarp"));
    Scraped netlink("arp", sys);
    Scraped file("arp", sys, {{"netlink", "false"}});
    EXPECT_THAT(file.text(), HasSubstr("node_arp_entries{device=\"va\"} 2\n"));
    EXPECT_EQ(netlink.text(), file.text());
  });
}

TEST(Network, ADumpOfManyDatagramsIsWhole) {
  in_own_network([](const std::string&) {
    for (int i = 0; i < 40; ++i) {
      ASSERT_TRUE(
          ip("link add a" + std::to_string(i) + " type veth peer name b" + std::to_string(i)));
    }
    RealKernel kernel;
    std::string dump;
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(kernel.route_dump(RTM_GETLINK, AF_UNSPEC, dump));
      Links links;
      ASSERT_TRUE(links.parse(dump));
      EXPECT_GT(dump.size(), 32768U);
      for (const auto* name : {"lo", "a0", "b0", "a39", "b39"}) {
        EXPECT_NE(links.find(name), nullptr) << name;
      }
    }
  });
}

}  // namespace
}  // namespace serverpulse::exporter
