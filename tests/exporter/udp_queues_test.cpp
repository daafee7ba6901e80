// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Which of its two sources udp_queues asks, by a kernel that gives other numbers than the file.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/fd.h"
#include "base/fields.h"
#include "exporter/collector.h"
#include "exporter/readers/netlink.h"
#include "metrics/encoder.h"

namespace serverpulse::exporter {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Every socket has one byte to send and two to read.
class FakeKernel final : public Kernel {
 public:
  Result<utsname> uname() override { return fail("none"); }
  Result<timex> adjtimex(int&) override { return fail("none"); }
  Result<struct statfs> statfs(const std::string&) override { return fail("none"); }
  Status route_dump(std::uint16_t, unsigned char, std::string&) override { return fail("none"); }
  Status socket_dump(unsigned char family, unsigned char, std::string& buffer) override {
    ++dumps;
    if (refuses) return unavailable("refused");
    if (busy) return fail("no answer");
    struct Message {
      nlmsghdr header;
      inet_diag_msg socket;
    } message{};
    message.header.nlmsg_len = sizeof message;
    message.socket.idiag_wqueue = 1;
    message.socket.idiag_rqueue = 2;
    const std::string_view bytes(reinterpret_cast<const char*>(&message), sizeof message);
    buffer.clear();
    for (int i = 0; i < (family == AF_INET ? sockets : 0); ++i) buffer += bytes;
    return {};
  }

  int sockets = 0;
  int dumps = 0;
  bool refuses = false;
  bool busy = false;
};

class UdpQueues : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "/udp_queues_XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    proc_ = path;
    fs::create_directories(proc_ / "self/net");
    fs::create_symlink("self/net", proc_ / "net");
  }
  void TearDown() override { fs::remove_all(proc_); }

  // Every socket of the file has three bytes to send and four to read.
  void write_file(int sockets) {
    std::ofstream out(proc_ / "self/net/udp");
    out << "  sl  local_address rem_address   st tx_queue:rx_queue\n";
    for (int i = 0; i < sockets; ++i) out << " 1: 0:0 0:0 07 00000003:00000004 0\n";
  }

  std::string sent_and_read() {
    if (!collector_) {
      host_.proc = proc_;
      host_.kernel = &kernel_;
      for (const auto* info : all_collectors()) {
        if (info->name == "udp_queues") {
          collector_ = *info->make({host_, config::Options(settings_, "collector.udp_queues.")});
        }
      }
    }
    const auto encoder = metrics::make_encoder(metrics::Format::text);
    EXPECT_TRUE(collector_->collect(*encoder));
    const auto value = [&](const std::string& queue) {
      const auto line = "{ip=\"v4\",queue=\"" + queue + "\"} ";
      const auto at = encoder->bytes().find(line) + line.size();
      return encoder->bytes().substr(at, encoder->bytes().find('\n', at) - at);
    };
    return value("tx") + " " + value("rx");
  }

  fs::path proc_;
  FakeKernel kernel_;
  Host host_;
  config::Settings settings_{collector_options()};
  std::unique_ptr<Collector> collector_;
};

TEST_F(UdpQueues, OfFewSocketsAreReadFromTheFile) {
  write_file(511);
  EXPECT_EQ(sent_and_read(), "1533 2044");
  EXPECT_EQ(sent_and_read(), "1533 2044");
  EXPECT_EQ(kernel_.dumps, 0);
}

TEST_F(UdpQueues, OfManySocketsComeFromNetlinkAfterTheFirstScrape) {
  write_file(512);
  kernel_.sockets = 700;
  EXPECT_EQ(sent_and_read(), "1536 2048");
  EXPECT_EQ(sent_and_read(), "700 1400");
}

TEST_F(UdpQueues, ComeFromTheFileAgainOnceThereAreFew) {
  write_file(512);
  kernel_.sockets = 256;
  sent_and_read();
  EXPECT_EQ(sent_and_read(), "256 512");
  kernel_.sockets = 255;
  EXPECT_EQ(sent_and_read(), "255 510");
  EXPECT_EQ(sent_and_read(), "1536 2048");
}

TEST_F(UdpQueues, ComeFromTheFileForGoodOnceNetlinkRefuses) {
  write_file(600);
  kernel_.refuses = true;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(sent_and_read(), "1800 2400");
  EXPECT_EQ(kernel_.dumps, 1);
}

TEST_F(UdpQueues, ComeFromNetlinkAgainAfterADumpThatFailed) {
  write_file(600);
  kernel_.sockets = 700;
  kernel_.busy = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sent_and_read(), "1800 2400");
  kernel_.busy = false;
  EXPECT_EQ(sent_and_read(), "700 1400");
}

TEST_F(UdpQueues, OfAnotherProcAreReadFromTheFile) {
  fs::remove(proc_ / "net");
  fs::create_directory(proc_ / "net");
  write_file(600);
  fs::rename(proc_ / "self/net/udp", proc_ / "net/udp");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sent_and_read(), "1800 2400");
  EXPECT_EQ(kernel_.dumps, 0);
}

// The own socket, with a datagram unread, as the real kernel shows it to both.
TEST(SocketDump, ShowsTheQueueThatTheFileShows) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof own;
  auto* const address = reinterpret_cast<sockaddr*>(&own);
  ASSERT_EQ(::bind(socket.get(), address, size), 0);
  ASSERT_EQ(::getsockname(socket.get(), address, &size), 0);
  ASSERT_EQ(::sendto(socket.get(), "x", 1, 0, address, size), 1);
  RealKernel kernel;
  std::string dump;
  const auto done = kernel.socket_dump(AF_INET, IPPROTO_UDP, dump);
  if (!done) GTEST_SKIP() << done.error().message;
  NetlinkMessages messages(dump);
  std::uint32_t queued = 0;
  while (messages.next()) {
    const auto found = read_as<inet_diag_msg>(messages.body());
    ASSERT_TRUE(found);
    if (found->id.idiag_sport == own.sin_port) queued = found->idiag_rqueue;
  }
  EXPECT_GT(queued, 0U);
  std::ifstream file("/proc/net/udp");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::array<char, 32> expected{};
  std::snprintf(expected.data(), expected.size(), "00000000:%08X", queued);
  EXPECT_THAT(text, HasSubstr(expected.data()));
}

}  // namespace
}  // namespace serverpulse::exporter
