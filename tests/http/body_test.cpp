// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Before and while a body arrives: admission on the head alone, pieces for streaming handlers, the
// budget that all bodies share.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "tests/http/raw_client.h"
#include "tests/http/test_server.h"

namespace serverpulse::http::testing {
namespace {

using std::chrono::milliseconds;

/// Asks for a password; decides on another thread when the path says so.
class Doorman final : public Admission {
 public:
  bool decide(const Request& request, Verdict& verdict,
              std::function<void(Verdict)> later) override {
    ++asked;
    if (request.query() == "throw") throw std::runtime_error("a doorman of a test throws");
    if (request.query() == "forget") return false;
    verdict = judge(request);
    if (request.query() != "later") return true;
    threads_.emplace_back([verdict, later = std::move(later)] {
      std::this_thread::sleep_for(milliseconds(20));
      later(verdict);
    });
    return false;
  }
  std::atomic<int> asked{0};

 private:
  static Verdict judge(const Request& request) {
    if (request.header("authorization") == "open") return std::nullopt;
    Response response = Response::text(401, "no\n");
    response.headers.emplace_back("WWW-Authenticate", "Basic");
    return response;
  }
  std::vector<std::jthread> threads_;
};

class AdmissionTest : public ::testing::Test {
 protected:
  Doorman doorman_;
  TestServer server_{{}, standard_routes(), {.admission = &doorman_}};
  RawClient client_{server_.address()};
};

TEST_F(AdmissionTest, LetsIn) {
  EXPECT_EQ(client_.ask(get("/hello", "Authorization: open\r\n")).body, "hello\n");
}

TEST_F(AdmissionTest, RefusesAndKeepsTheConnection) {
  const auto answer = client_.ask(get("/hello"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.header("WWW-Authenticate"), "Basic");
  EXPECT_EQ(client_.ask(get("/hello", "Authorization: open\r\n")).status, 200);
}

TEST_F(AdmissionTest, DoesNotShowWhichPathsExist) {
  EXPECT_EQ(client_.ask(get("/nothing")).status, 401);
}

TEST_F(AdmissionTest, RefusesOnTheHeadAloneWithoutContinue) {
  client_.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client_.receive().status, 401);
  EXPECT_TRUE(client_.closed_within(milliseconds(2000)));
  EXPECT_EQ(server_->stats().body_bytes_held, 0U);
}

TEST_F(AdmissionTest, LetsInLater) {
  client_.send(get("/hello?later", "Authorization: open\r\n") +
               get("/hello", "Authorization: open\r\n"));
  EXPECT_EQ(client_.receive().body, "hello\n");
  EXPECT_EQ(client_.receive().body, "hello\n");
}

TEST_F(AdmissionTest, SaysContinueOnlyAfterALateVerdict) {
  client_.send(
      "POST /echo?later HTTP/1.1\r\nHost: a\r\nAuthorization: open\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(client_.receive().status, 100);
  EXPECT_EQ(client_.ask("ok").body, "ok");
}

TEST_F(AdmissionTest, RefusesLater) {
  EXPECT_EQ(client_.ask(get("/hello?later")).status, 401);
}

TEST_F(AdmissionTest, ThatThrowsRefuses) {
  EXPECT_EQ(client_.ask(get("/hello?throw", "Authorization: open\r\n")).status, 500);
}

TEST_F(AdmissionTest, ThatForgetsRefuses) {
  EXPECT_EQ(client_.ask(get("/hello?forget", "Authorization: open\r\n")).status, 500);
}

TEST_F(AdmissionTest, IsNotAskedAboutMalformedRequests) {
  EXPECT_EQ(client_.ask("GET /hello HTTP/1.1\r\n\r\n").status, 400);
  EXPECT_EQ(doorman_.asked, 0);
}

/// Counts what it reads; answers at the end, or at once when the path says so.
class Counting final : public Handler {
 public:
  struct Log {
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<int> finished{0};
    std::atomic<int> destroyed{0};
  };
  explicit Counting(Log& log) : log_(&log) {}
  [[nodiscard]] std::uint64_t body_limit() const override { return 100 << 20; }
  std::unique_ptr<BodyReader> stream(const Request& request, Reply& reply) override {
    if (request.query() == "throw") throw std::runtime_error("a stream of a test throws");
    if (request.query() == "early") {
      reply.send(Response::text(409, "not now\n"));
      return nullptr;
    }
    return std::make_unique<Reader>(*log_, std::move(reply), request.query() == "hold");
  }
  void handle(const Request&, std::string, Reply) override {}

 private:
  class Reader final : public BodyReader {
   public:
    Reader(Log& log, Reply reply, bool hold) : log_(&log), reply_(std::move(reply)), hold_(hold) {}
    ~Reader() override { ++log_->destroyed; }
    void data(std::string_view piece) noexcept override {
      if (hold_ && reply_ && !reply_.hold(piece.size())) reply_.send(Response::text(503, "full\n"));
      log_->bytes += piece.size();
    }
    void finish() noexcept override {
      ++log_->finished;
      reply_.send(Response::text(200, std::to_string(log_->bytes.load())));
    }

   private:
    Log* log_;
    Reply reply_;
    bool hold_;
  };
  Log* log_;
};

class Streaming : public ::testing::Test {
 protected:
  static Router routes(Counting::Log& log) {
    Router router = standard_routes();
    router.add("POST", "/count", std::make_shared<Counting>(log));
    return router;
  }
  Counting::Log log_;
  TestServer server_{{}, routes(log_)};
  RawClient client_{server_.address()};
};

TEST_F(Streaming, GetsTheBodyInPieces) {
  EXPECT_EQ(client_.ask(post("/count", std::string(30 << 20, 'a'))).body, "31457280");
  EXPECT_EQ(client_.ask(get("/hello")).status, 200);
  EXPECT_EQ(server_->stats().body_bytes_held, 0U) << "pieces are not collected";
}

TEST(StreamingBudget, IsWhatAReaderSaysItHolds) {
  Counting::Log log;
  Router router = standard_routes();
  router.add("POST", "/count", std::make_shared<Counting>(log));
  ServerOptions options;
  options.limits.body_budget = 1000;
  TestServer server(options, std::move(router));
  EXPECT_EQ(RawClient(server.address()).ask(post("/count?hold", std::string(900, 'a'))).status,
            200);
  EXPECT_TRUE(TestServer::eventually([&] { return server->stats().body_bytes_held == 0; }));
  EXPECT_EQ(RawClient(server.address()).ask(post("/count?hold", std::string(1100, 'a'))).status,
            503);
}

TEST_F(Streaming, GetsAChunkedBodyInPieces) {
  EXPECT_EQ(client_
                .ask("POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
                .body,
            "5");
}

TEST_F(Streaming, GetsAnEmptyBody) {
  EXPECT_EQ(client_.ask(post("/count", "")).body, "0");
}

TEST_F(Streaming, MayAnswerOnTheHeadAlone) {
  client_.send("POST /count?early HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client_.receive().status, 409);
  EXPECT_TRUE(client_.closed_within(milliseconds(3000))) << "the body has not been read";
}

TEST_F(Streaming, ThatThrowsAnswers500) {
  EXPECT_EQ(client_.ask(post("/count?throw", "abc")).status, 500);
}

TEST_F(Streaming, HearsOfAClientThatGoesAway) {
  {
    RawClient client(server_.address());
    client.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabc");
    ASSERT_TRUE(TestServer::eventually([&] { return log_.bytes == 3; }));
  }
  EXPECT_TRUE(TestServer::eventually([&] { return log_.destroyed == 1; }));
  EXPECT_EQ(log_.finished, 0);
}

TEST_F(Streaming, HearsOfABrokenChunk) {
  EXPECT_EQ(client_
                .ask("POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\nxyz\r\n")
                .status,
            400);
  EXPECT_EQ(log_.destroyed, 1);
  EXPECT_EQ(log_.finished, 0);
}

class Budget : public ::testing::Test {
 protected:
  static ServerOptions options() {
    ServerOptions options;
    options.limits.body_budget = 1000;
    return options;
  }
  TestServer server_{options()};
};

TEST_F(Budget, IsSharedByAllBodies) {
  RawClient first(server_.address());
  first.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 800\r\n\r\n" +
             std::string(700, 'a'));
  ASSERT_TRUE(TestServer::eventually([&] { return server_->stats().body_bytes_held == 700; }));
  const auto refused = RawClient(server_.address()).ask(post("/echo", std::string(301, 'b')));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(RawClient(server_.address()).ask(post("/echo", std::string(100, 'b'))).status, 200);
  EXPECT_EQ(first.ask(std::string(100, 'a')).body, std::string(800, 'a'));
  EXPECT_TRUE(TestServer::eventually([&] { return server_->stats().body_bytes_held == 0; }));
}

TEST_F(Budget, IsNotTakenByALengthThatIsOnlyClaimed) {
  RawClient first(server_.address());
  first.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\na");
  ASSERT_TRUE(TestServer::eventually([&] { return server_->stats().body_bytes_held == 1; }));
  EXPECT_EQ(RawClient(server_.address()).ask(post("/echo", std::string(900, 'b'))).status, 200);
}

TEST_F(Budget, IsGivenBackWhenAClientGoesAway) {
  {
    RawClient client(server_.address());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n" +
                std::string(500, 'a'));
    ASSERT_TRUE(TestServer::eventually([&] { return server_->stats().body_bytes_held == 500; }));
  }
  EXPECT_TRUE(TestServer::eventually([&] { return server_->stats().body_bytes_held == 0; }));
}

TEST(BudgetOfHandlers, LastsUntilTheAnswer) {
  ServerOptions options;
  options.limits.body_budget = 1000;
  std::optional<Reply> kept;
  std::atomic<bool> called{false};
  Router router = standard_routes();
  router.add(
      "POST", "/keep",
      [&](const Request&, std::string, Reply reply) {
        kept.emplace(std::move(reply));
        called = true;
      },
      1000);
  TestServer server(options, std::move(router));
  RawClient client(server.address());
  client.send(post("/keep", std::string(600, 'a')));
  ASSERT_TRUE(TestServer::eventually([&] { return called.load(); }));
  EXPECT_EQ(server->stats().body_bytes_held, 600U);
  kept->send(Response::text(200, "done\n"));
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_EQ(server->stats().body_bytes_held, 0U);
}

}  // namespace
}  // namespace serverpulse::http::testing
