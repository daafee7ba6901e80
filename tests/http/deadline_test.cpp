// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Clients that take their time: each wait ends at a dead-line that counts from its start, whatever
// trickles in meanwhile, and nobody else notices.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/http/raw_client.h"
#include "tests/http/test_server.h"

namespace serverpulse::http::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

ServerOptions impatient() {
  ServerOptions options;
  options.deadlines.handshake = milliseconds(500);
  options.deadlines.head = milliseconds(500);
  options.deadlines.body = milliseconds(500);
  options.deadlines.idle = milliseconds(500);
  options.deadlines.write = milliseconds(500);
  options.deadlines.linger = milliseconds(500);
  return options;
}

class Deadline : public ::testing::Test {
 protected:
  /// Sends `byte` every 20 ms until an answer has come.
  static Answer trickle(RawClient& client, std::string_view byte) {
    client.patience(milliseconds(20));
    for (int i = 0; i < 500; ++i) {
      client.send(byte);
      if (auto answer = client.receive(); answer.status != 0) return answer;
    }
    return {};
  }
  [[nodiscard]] milliseconds passed() const {
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start_);
  }
  TestServer server_{impatient()};
  RawClient client_{server_.address()};
  steady_clock::time_point start_ = steady_clock::now();
};

TEST_F(Deadline, EndsAHeadThatTrickles) {
  client_.send("GET /hello HTTP/1.1\r\nX: ");
  EXPECT_EQ(trickle(client_, "x").status, 408);
  EXPECT_GE(passed(), milliseconds(480));
  EXPECT_EQ(server_->stats().deadlines_missed, 1U);
}

TEST_F(Deadline, EndsTheSecondHeadThatTrickles) {
  EXPECT_EQ(client_.ask(get("/hello")).status, 200);
  client_.send("GET");
  EXPECT_EQ(trickle(client_, "X").status, 408);
}

TEST_F(Deadline, EndsABodyThatTrickles) {
  client_.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  EXPECT_EQ(trickle(client_, "x").status, 408);
}

TEST_F(Deadline, EndsAChunkedBodyThatTrickles) {
  client_.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(trickle(client_, "1\r\nx\r\n").status, 408);
}

TEST_F(Deadline, ClosesASilentConnectionWithoutAWord) {
  EXPECT_EQ(client_.receive_all(), "");
  EXPECT_EQ(server_->stats().deadlines_missed, 0U);
}

TEST_F(Deadline, ClosesAnIdleConnectionWithoutAWord) {
  EXPECT_EQ(client_.ask(get("/hello")).status, 200);
  EXPECT_EQ(client_.receive_all(), "");
}

TEST(Deadlines, OfAHeadDoNotCountBetweenRequests) {
  ServerOptions options;
  options.deadlines.head = milliseconds(500);
  TestServer server(options);
  RawClient client(server.address());
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(client.ask(get("/hello")).status, 200) << "request " << i;
    std::this_thread::sleep_for(milliseconds(100));
  }
}

TEST_F(Deadline, ClosesAReaderThatDoesNotRead) {
  const int small = 4096;
  ::setsockopt(client_.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  for (int i = 0; i < 4; ++i) client_.send(get("/big"));
  EXPECT_TRUE(
      TestServer::eventually([&] { return server_->stats().connections_open.load() == 0; }));
  EXPECT_EQ(RawClient(server_.address()).ask(get("/hello")).status, 200);
}

TEST_F(Deadline, EndsTheLingeringAfterARefusal) {
  client_.send("junk\r\n\r\n");
  EXPECT_EQ(client_.receive().status, 400);
  EXPECT_TRUE(
      TestServer::eventually([&] { return server_->stats().connections_open.load() == 0; }));
}

TEST(Deadlines, OfOthersDelayNobody) {
  TestServer server;
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<RawClient>(server.address()));
    slow.back()->send("GET /hel");
  }
  EXPECT_EQ(RawClient(server.address()).ask(get("/hello")).status, 200);
  EXPECT_EQ(server->stats().deadlines_missed, 0U);
}

TEST(TlsDeadline, EndsASilentHandshake) {
  SelfSigned tls;
  TestServer server(impatient(), standard_routes(), {.tls = &tls});
  RawClient client(server.address());
  client.send("\x16\x03");
  EXPECT_TRUE(client.closed_within(milliseconds(5000)));
  EXPECT_EQ(server->stats().deadlines_missed, 1U);
}

TEST(TlsDeadline, EndsAHeadThatTricklesUnderTls) {
  SelfSigned tls;
  TestServer server(impatient(), standard_routes(), {.tls = &tls});
  RawClient client(server.address(), true);
  client.send("GET /hel");
  EXPECT_EQ(client.receive().status, 408);
}

}  // namespace
}  // namespace serverpulse::http::testing
