// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What collectors say of a host that changes between two scrapes: counters that jump back, CPUs
// and devices that come and go, what udev learns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exporter/host_tree.h"

namespace serverpulse::exporter {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class ChangingHost : public testing::Test {
 protected:
  RealKernel kernel_;
  ManualClock clock_{std::chrono::hours(24 * 365 * 100)};  // no file is as young as that
  HostTree tree_;
};

std::string stat_of(const std::string& user, const std::string& idle) {
  return "cpu  0 0 0 0\ncpu0 " + user + " 0 0 " + idle + "\ncpu1 5 5 5 5\n";
}

TEST_F(ChangingHost, CpuTimeNeverGoesBack) {
  tree_.write("proc/stat", stat_of("500", "10000"));
  tree_.make("cpu", kernel_, clock_);
  tree_.scrape();
  tree_.write("proc/stat", stat_of("499", "9800"));
  const auto text = tree_.scrape();
  EXPECT_THAT(text, HasSubstr("{cpu=\"0\",mode=\"idle\"} 100\n"));
  EXPECT_THAT(text, HasSubstr("{cpu=\"0\",mode=\"user\"} 5\n"));
}

TEST_F(ChangingHost, CpuTimeStartsAnewWhenIdleWentBackByThreeSeconds) {
  tree_.write("proc/stat", stat_of("500", "10000"));
  tree_.make("cpu", kernel_, clock_);
  tree_.scrape();
  tree_.write("proc/stat", stat_of("7", "9700"));
  const auto text = tree_.scrape();
  EXPECT_THAT(text, HasSubstr("{cpu=\"0\",mode=\"idle\"} 97\n"));
  EXPECT_THAT(text, HasSubstr("{cpu=\"0\",mode=\"user\"} 0.07\n"));
}

TEST_F(ChangingHost, ACpuThatWentOfflineIsForgottenAndOneThatCameIsThere) {
  tree_.write("proc/stat", stat_of("500", "10000"));
  tree_.make("cpu", kernel_, clock_);
  tree_.scrape();
  tree_.write("proc/stat", "cpu  0 0 0 0\ncpu1 6 5 5 5\ncpu2 7 5 5 5\n");
  const auto text = tree_.scrape();
  EXPECT_THAT(text, Not(HasSubstr("{cpu=\"0\"")));
  EXPECT_THAT(text, HasSubstr("{cpu=\"1\",mode=\"user\"} 0.06\n"));
  EXPECT_THAT(text, HasSubstr("{cpu=\"2\",mode=\"user\"} 0.07\n"));
}

TEST_F(ChangingHost, AMalformedScrapeKeepsWhatCpuTimeWas) {
  tree_.write("proc/stat", stat_of("500", "10000"));
  tree_.make("cpu", kernel_, clock_);
  tree_.scrape();
  tree_.write("proc/stat", stat_of("x", "1"));
  EXPECT_THAT(tree_.scrape(), HasSubstr("failed: "));
  tree_.write("proc/stat", stat_of("499", "10001"));
  EXPECT_THAT(tree_.scrape(), HasSubstr("{cpu=\"0\",mode=\"user\"} 5\n"));
}

TEST_F(ChangingHost, CpuOnlineAndThrottlesFollowTheKernelsLists) {
  const std::string cpu = "sys/devices/system/cpu/";
  tree_.write("proc/stat", stat_of("1", "1"));
  tree_.write(cpu + "present", "0-1\n");
  tree_.write(cpu + "online", "0-1\n");
  for (const std::string name : {"cpu0/", "cpu1/"}) {
    tree_.write(cpu + name + "online", "1\n");
    tree_.write(cpu + name + "topology/physical_package_id", "0\n");
    tree_.write(cpu + name + "topology/core_id", name == "cpu0/" ? "0\n" : "1\n");
    tree_.write(cpu + name + "thermal_throttle/core_throttle_count", "3\n");
  }
  tree_.make("cpu", kernel_, clock_);
  EXPECT_THAT(tree_.scrape(), HasSubstr("node_cpu_online{cpu=\"1\"} 1\n"));
  tree_.write(cpu + "cpu0/thermal_throttle/core_throttle_count", "4\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("throttles_total{core=\"0\",package=\"0\"} 4\n"));
  tree_.write(cpu + "online", "0\n");
  tree_.write(cpu + "cpu1/online", "0\n");
  tree_.remove(cpu + "cpu1/topology");
  tree_.remove(cpu + "cpu1/thermal_throttle");
  const auto text = tree_.scrape();
  EXPECT_THAT(text, HasSubstr("node_cpu_online{cpu=\"1\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("throttles_total{core=\"1\"")));
}

const std::string kSda = "   8   0 sda 1 2 3 4 5 6 7 8 9 10 11\n";
const std::string kSdb = "   8  16 sdb 1 2 3 4 5 6 7 8 9 10 11\n";

TEST_F(ChangingHost, ADiskThatIsPulledOutTakesNothingWithIt) {
  tree_.write("proc/diskstats", kSda + kSdb);
  tree_.write("udev/b8:0", "E:ID_MODEL=first\n");
  tree_.write("udev/b8:16", "E:ID_MODEL=second\n");
  tree_.make("diskstats", kernel_, clock_);
  EXPECT_THAT(tree_.scrape(), HasSubstr("model=\"first\""));
  tree_.write("proc/diskstats", kSdb);
  const auto text = tree_.scrape();
  EXPECT_THAT(text, Not(HasSubstr("sda")));
  EXPECT_THAT(text, HasSubstr("node_disk_info{device=\"sdb\",major=\"8\",minor=\"16\","
                              "model=\"second\""));
}

TEST_F(ChangingHost, WhatUdevLearnsLaterIsSeen) {
  tree_.write("proc/diskstats", kSda);
  tree_.make("diskstats", kernel_, clock_);
  EXPECT_THAT(tree_.scrape(), HasSubstr("model=\"\""));
  tree_.replace("udev/b8:0", "E:ID_MODEL=first\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("model=\"first\""));
  tree_.replace("udev/b8:0", "E:ID_MODEL=second\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("model=\"second\""));
}

// The folder's stamp may not move for two changes within one tick of the clock.
TEST_F(ChangingHost, AYoungStampOfUdevIsNotTrusted) {
  const SystemClock now;
  tree_.write("proc/diskstats", kSda);
  tree_.replace("udev/b8:0", "E:ID_MODEL=first\n");
  tree_.make("diskstats", kernel_, now);
  EXPECT_THAT(tree_.scrape(), HasSubstr("model=\"first\""));
  tree_.write("udev/b8:0", "E:ID_MODEL=second\n");  // in place: the folder's stamp stays
  EXPECT_THAT(tree_.scrape(), HasSubstr("model=\"second\""));
}

TEST_F(ChangingHost, UdevsFolderMayComeLaterAndGo) {
  tree_.remove("udev");
  tree_.write("proc/diskstats", kSda);
  tree_.make("diskstats", kernel_, clock_);
  EXPECT_THAT(tree_.scrape(), HasSubstr("model=\"\""));
  tree_.replace("udev/b8:0", "E:ID_MODEL=first\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("model=\"first\""));
  tree_.remove("udev");
  EXPECT_THAT(tree_.scrape(), HasSubstr("model=\"\""));
}

TEST_F(ChangingHost, ThermalZonesComeAndGo) {
  tree_.write("sys/class/thermal/thermal_zone0/type", "a\n");
  tree_.write("sys/class/thermal/thermal_zone0/temp", "1000\n");
  tree_.make("thermal_zone", kernel_, clock_);
  EXPECT_THAT(tree_.scrape(), HasSubstr("{type=\"a\",zone=\"0\"} 1\n"));
  tree_.write("sys/class/thermal/thermal_zone1/type", "b\n");
  tree_.write("sys/class/thermal/thermal_zone1/temp", "2000\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("{type=\"b\",zone=\"1\"} 2\n"));
  tree_.remove("sys/class/thermal/thermal_zone0");
  const auto text = tree_.scrape();
  EXPECT_THAT(text, Not(HasSubstr("zone=\"0\"")));
  EXPECT_THAT(text, HasSubstr("{type=\"b\",zone=\"1\"} 2\n"));
}

TEST_F(ChangingHost, ASensorThatFallsAsleepIsLeftOutUntilItWakes) {
  tree_.write("sys/class/thermal/thermal_zone0/type", "a\n");
  tree_.make("thermal_zone", kernel_, clock_);
  EXPECT_EQ(tree_.scrape(), "");
  tree_.write("sys/class/thermal/thermal_zone0/temp", "1000\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("{type=\"a\",zone=\"0\"} 1\n"));
}

TEST_F(ChangingHost, AFileSystemThatTurnsReadOnlyIsSeen) {
  tree_.write("proc/1/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\n");
  tree_.make("filesystem", kernel_, clock_);
  EXPECT_THAT(tree_.scrape(), HasSubstr("fstype=\"ext4\",mountpoint=\"/\"} 0\n"));
  tree_.write("proc/1/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw,emergency_ro\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("node_filesystem_readonly{device=\"/dev/vda\","
                                        "device_error=\"\",fstype=\"ext4\",mountpoint=\"/\"} 1\n"));
}

TEST_F(ChangingHost, AQueueThatComesAfterItsDiskIsSeen) {
  tree_.write("proc/diskstats", "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n");
  tree_.make("diskstats", kernel_, clock_);
  EXPECT_THAT(tree_.scrape(), HasSubstr("rotational=\"0\""));
  tree_.write("sys/block/sda/queue/rotational", "1\n");
  EXPECT_THAT(tree_.scrape(), HasSubstr("rotational=\"1\""));
}

TEST_F(ChangingHost, MountsOfProcessOneAreShownAgainOnceTheyAreNoLongerHidden) {
  tree_.write("proc/self/mountinfo", "28 27 0:9 / /own rw - tmpfs tmpfs rw\n");
  tree_.make("filesystem", kernel_, clock_);
  EXPECT_THAT(tree_.scrape(), HasSubstr("mountpoint=\"/own\""));
  tree_.write("proc/1/mountinfo", "28 27 0:9 / /host rw - tmpfs tmpfs rw\n");
  const auto text = tree_.scrape();
  EXPECT_THAT(text, HasSubstr("mountpoint=\"/host\""));
  EXPECT_THAT(text, Not(HasSubstr("mountpoint=\"/own\"")));
}

}  // namespace
}  // namespace serverpulse::exporter
