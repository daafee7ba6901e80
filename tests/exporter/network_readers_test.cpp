// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The readers of the network collectors where no interfaces are needed: what is logged of odd
// attributes.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/fd.h"
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

}  // namespace
}  // namespace serverpulse::exporter
