// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The server as a client sees it: methods, versions, pipelines, bodies, answers from anywhere.
#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "tests/http/raw_client.h"
#include "tests/http/test_server.h"

namespace serverpulse::http::testing {
namespace {

using std::chrono::milliseconds;

class Both : public ::testing::TestWithParam<bool> {
 protected:
  ServerHooks hooks() { return {.tls = GetParam() ? &tls_ : nullptr}; }
  SelfSigned tls_;
  TestServer server_{{}, standard_routes(), hooks()};
  RawClient client_{server_.address(), GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Transport, Both, ::testing::Values(false, true),
                         [](const auto& test) { return test.param ? "Tls" : "Plain"; });

TEST_P(Both, AnswersAGet) {
  const auto answer = client_.ask(get("/hello"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello\n");
  EXPECT_EQ(answer.header("Content-Length"), "6");
  EXPECT_TRUE(answer.header("Date").has_value());
}

TEST_P(Both, KeepsTheConnectionForTheNextRequest) {
  EXPECT_EQ(client_.ask(get("/hello")).status, 200);
  EXPECT_EQ(client_.ask(get("/hello")).status, 200);
  EXPECT_EQ(server_->stats().connections_accepted, 1U);
}

TEST_P(Both, AnswersPipelinedRequestsInOrder) {
  client_.send(get("/hello") + post("/echo", "one") + post("/echo", "two") + get("/nothing"));
  EXPECT_EQ(client_.receive().body, "hello\n");
  EXPECT_EQ(client_.receive().body, "one");
  EXPECT_EQ(client_.receive().body, "two");
  EXPECT_EQ(client_.receive().status, 404);
}

TEST_P(Both, AnswersAClientThatHalfClosed) {
  client_.send(get("/hello") + post("/echo", "last"));
  client_.half_close();
  EXPECT_EQ(client_.receive().body, "hello\n");
  EXPECT_EQ(client_.receive().body, "last");
  EXPECT_TRUE(client_.closed_within(milliseconds(5000)));
}

TEST_P(Both, ClosesWhenAsked) {
  const auto answer = client_.ask(get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(client_.closed_within(milliseconds(1000)));
}

TEST_P(Both, SendsABigBodyWhole) {
  const auto answer = client_.ask(get("/big"));
  EXPECT_EQ(answer.body.size(), 8U << 20);
  EXPECT_EQ(answer.body.find_first_not_of('x'), std::string::npos);
  EXPECT_EQ(client_.ask(get("/hello")).status, 200);
}

TEST_P(Both, TakesABigBodyWhole) {
  const std::string body(1 << 20, 'y');
  EXPECT_EQ(client_.ask(post("/echo", body)).body, body);
}

TEST_P(Both, TakesAChunkedBody) {
  const auto answer = client_.ask(
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\nA;name=value\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(answer.body, "abc0123456789");
  EXPECT_EQ(client_.ask(get("/hello")).status, 200);
}

TEST_P(Both, TakesARequestByteByByte) {
  for (const char byte : post("/echo", "slow")) client_.send({&byte, 1});
  EXPECT_EQ(client_.receive().body, "slow");
}

TEST_P(Both, SaysContinueBeforeTheBodyIsSent) {
  client_.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client_.receive().status, 100);
  EXPECT_EQ(client_.ask("ok").body, "ok");
}

TEST(Server, RefusesAnExpectedTooLargeBodyWithoutContinue) {
  TestServer server;
  RawClient client(server.address());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_TRUE(client.closed_within(milliseconds(1000)));
}

TEST(Server, AnswersHeadLikeGetWithoutTheBody) {
  TestServer server;
  RawClient client(server.address());
  const auto answer = client.ask("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Length"), "6");
  EXPECT_EQ(client.ask(get("/hello")).body, "hello\n");
}

TEST(Server, NamesTheMethodsOfAKnownPath) {
  TestServer server;
  RawClient client(server.address());
  const auto answer = client.ask("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("Allow"), "GET, HEAD");
}

TEST(Server, DoesNotKnowInventedMethods) {
  TestServer server;
  RawClient client(server.address());
  EXPECT_EQ(client.ask("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n").status, 501);
}

TEST(Server, ComparesPathsWhole) {
  TestServer server;
  RawClient client(server.address());
  for (const std::string_view path : {"/hellox", "/hello/", "/hell", "/", "//hello", "/%68ello"}) {
    EXPECT_EQ(client.ask(get(path)).status, 404) << path;
  }
  EXPECT_EQ(client.ask(get("/hello?x=/y")).status, 200);
}

TEST(Server, TakesTheAbsoluteFormOfATarget) {
  TestServer server;
  RawClient client(server.address());
  EXPECT_EQ(client.ask(get("http://other:99/hello?q")).status, 200);
  EXPECT_EQ(client.ask(get("http://other")).status, 404);
}

TEST(Server, ClosesAfterAnHttp10Request) {
  TestServer server;
  RawClient client(server.address());
  EXPECT_EQ(client.ask("GET /hello HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(client.closed_within(milliseconds(1000)));
}

TEST(Server, KeepsAnHttp10ConnectionOnRequest) {
  TestServer server;
  RawClient client(server.address());
  const auto answer = client.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(answer.header("Connection"), "keep-alive");
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(Server, LetsAnUploaderReadItsRefusal) {
  TestServer server;
  RawClient client(server.address());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n");
  const std::string piece(100'000, 'z');
  for (int i = 0; i < 100; ++i) client.send(piece);
  EXPECT_EQ(client.receive().status, 413);
}

TEST(Server, CountsAChunkedBodyAgainstTheLimit) {
  TestServer server;
  RawClient client(server.address());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'c') + "\r\n";
  for (int i = 0; i < 20; ++i) client.send(chunk);
  EXPECT_EQ(client.receive().status, 413);
}

TEST(Server, AnswersBadRequestsThenCloses) {
  TestServer server;
  RawClient client(server.address());
  client.send("GET /hello HTTP/1.1\r\n\r\n" + get("/hello"));
  EXPECT_EQ(client.receive().status, 400);
  EXPECT_EQ(client.receive_all(), "");
}

TEST(Server, SurvivesAHandlerThatThrows) {
  TestServer server;
  RawClient client(server.address());
  EXPECT_EQ(client.ask(get("/throw")).status, 500);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(Server, AnswersForAHandlerThatForgets) {
  TestServer server;
  RawClient client(server.address());
  EXPECT_EQ(client.ask(get("/drop")).status, 500);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(Server, RefusesToSendAHeaderWithALineEnd) {
  TestServer server;
  RawClient client(server.address());
  const auto answer = client.ask(get("/inject"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_FALSE(answer.header("Set-Cookie").has_value());
}

TEST(Server, TellsPlainHttpOnATlsPort) {
  SelfSigned tls;
  TestServer server({}, standard_routes(), {.tls = &tls});
  RawClient client(server.address());
  const auto answer = client.ask(get("/hello"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "this port speaks HTTPS only\n");
}

TEST(Server, TakesAnswersFromOtherThreads) {
  Router router;
  std::vector<std::jthread> threads;
  router.add("GET", "/later", [&](const Request& request, std::string, Reply reply) {
    threads.emplace_back([&request, reply = std::move(reply)]() mutable {
      std::this_thread::sleep_for(milliseconds(20));
      reply.send(Response::text(200, std::string(request.query())));
    });
  });
  TestServer server({}, std::move(router));
  RawClient client(server.address());
  client.send(get("/later?one") + get("/later?two"));
  EXPECT_EQ(client.receive().body, "one");
  EXPECT_EQ(client.receive().body, "two");
  server->stop(milliseconds(1000));
}

TEST(Server, DropsTheAnswerOfAClientThatHasGone) {
  Router router = standard_routes();
  std::optional<Reply> kept;
  std::atomic<bool> called{false};
  router.add("GET", "/keep", [&](const Request&, std::string, Reply reply) {
    kept.emplace(std::move(reply));
    called = true;
  });
  TestServer server({}, std::move(router));
  {
    RawClient client(server.address());
    client.send(get("/keep"));
    ASSERT_TRUE(TestServer::eventually([&] { return called.load(); }));
  }
  kept->send(Response::text(200, "too late\n"));
  EXPECT_TRUE(TestServer::eventually([&] { return server->stats().connections_open.load() == 0; }));
  EXPECT_EQ(RawClient(server.address()).ask(get("/hello")).status, 200);
}

TEST(Server, OutlivedByAReplyDropsItsAnswer) {
  std::optional<Reply> kept;
  std::atomic<bool> called{false};
  {
    Router router;
    router.add("GET", "/keep", [&](const Request&, std::string, Reply reply) {
      kept.emplace(std::move(reply));
      called = true;
    });
    TestServer server({}, std::move(router));
    RawClient client(server.address());
    client.send(get("/keep"));
    ASSERT_TRUE(TestServer::eventually([&] { return called.load(); }));
  }
  kept->send(Response::text(200, "too late\n"));
  EXPECT_FALSE(*kept);
}

TEST(Server, LimitsTheRequestsInOneRoute) {
  ServerOptions options;
  options.limits.requests_per_route = 1;
  Router router = standard_routes();
  std::optional<Reply> kept;
  std::atomic<bool> called{false};
  router.add("GET", "/keep", [&](const Request&, std::string, Reply reply) {
    kept.emplace(std::move(reply));
    called = true;
  });
  TestServer server(options, std::move(router));
  RawClient first(server.address());
  first.send(get("/keep"));
  ASSERT_TRUE(TestServer::eventually([&] { return called.load(); }));
  RawClient second(server.address());
  const auto refused = second.ask(get("/keep"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(second.ask(get("/hello")).status, 200) << "another route has room";
  kept->send(Response::text(200, "done\n"));
  EXPECT_EQ(first.receive().body, "done\n");
}

TEST(Server, ReportsRequestsByRouteAndNeverByPath) {
  struct Seen final : Observer {
    void observe(const Observation& o) noexcept override {
      const std::lock_guard lock(mutex);
      text += std::string(o.route) + " " + std::string(o.method) + " " + std::to_string(o.status) +
              "\n";
    }
    std::mutex mutex;
    std::string text;
  } seen;
  TestServer server({}, standard_routes(), {.observer = &seen});
  RawClient client(server.address());
  client.ask(get("/hello?x"));
  client.ask(post("/hello", ""));
  client.ask(get("/secret"));
  client.ask("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  client.ask("junk\r\n\r\n");
  server->stop(milliseconds(0));
  EXPECT_EQ(seen.text,
            "/hello GET 200\n/hello POST 405\nother GET 404\n/hello other 501\nother other 400\n");
}

TEST(Server, AddsTheHeadersOfItsSource) {
  struct Source final : HeaderSource {
    std::shared_ptr<const ExtraHeaders> headers() override {
      return std::make_shared<ExtraHeaders>(
          ExtraHeaders{{"X-Frame-Options", "deny"}, {"Content-Type", "x/y"}, {"X-Bad", "a\r\nb"}});
    }
  } source;
  TestServer server({}, standard_routes(), {.headers = &source});
  RawClient client(server.address());
  const auto answer = client.ask(get("/hello"));
  EXPECT_EQ(answer.header("X-Frame-Options"), "deny");
  EXPECT_EQ(answer.header("Content-Type"), "text/plain; charset=utf-8") << "the handler's own wins";
  EXPECT_FALSE(answer.header("X-Bad").has_value());
}

}  // namespace
}  // namespace serverpulse::http::testing
