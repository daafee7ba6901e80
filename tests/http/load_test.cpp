// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Many connections and few descriptors: idle ones by the thousand, none left, and the orderly end.
// Tests that change the process's limits run in a child of their own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "base/fd.h"
#include "tests/http/raw_client.h"
#include "tests/http/test_server.h"

namespace serverpulse::http::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr rlim_t kIdle = 1000;
#else
constexpr rlim_t kIdle = 10'000;
#endif

/// Runs `body` in a child with at most `files` descriptors (0: as many as are allowed).
int exit_code_in_child(rlim_t files, const std::function<int()>& body) {
  const auto child = ::fork();
  if (child == 0) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = files == 0 ? limit.rlim_max : files;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

/// 0 when scrapes are answered promptly while `idle` connections stay open.
int scrape_among_idle(rlim_t idle) {
  ServerOptions options;
  options.deadlines.head = milliseconds(120'000);
  TestServer server(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  while (clients.size() < idle) {
    clients.push_back(std::make_unique<RawClient>(server.address()));
    if (!clients.back()->connected()) return 1;
  }
  RawClient scraper(server.address());
  auto worst = milliseconds(0);
  for (int i = 0; i < 200; ++i) {
    const auto start = steady_clock::now();
    if (scraper.ask(get("/hello")).status != 200) return 2;
    worst = std::max(worst, std::chrono::duration_cast<milliseconds>(steady_clock::now() - start));
  }
  if (server->stats().connections_open < idle) return 3;
  std::printf("slowest of 200 answers among %zu idle connections: %ld ms\n", clients.size(),
              static_cast<long>(worst.count()));
  std::fflush(stdout);  // _exit does not
  return worst < milliseconds(5000) ? 0 : 4;
}

TEST(Load, ScrapesGoOnAmongIdleConnections) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t idle = std::min<rlim_t>(kIdle, (limit.rlim_max - 200) / 2);  // both ends are here
  if (idle < kIdle) {
    std::printf("%lu idle connections: the limit of descriptors allows no more\n",
                static_cast<unsigned long>(idle));
  }
  EXPECT_EQ(exit_code_in_child(0, [&] { return scrape_among_idle(idle); }), 0);
}

TEST(Load, OutOfDescriptorsItPausesAndRecovers) {
  const auto run = [] {
    Router router = standard_routes();
    std::vector<Reply> kept;
    std::atomic<std::size_t> calls{0};
    router.add("GET", "/keep", [&](const Request&, const std::string&, Reply reply) {
      kept.push_back(std::move(reply));
      ++calls;
    });
    ServerOptions options;
    options.limits.reserved_descriptors = 0;  // so descriptors run out before connections do
    TestServer server(options, std::move(router));
    Fd spare(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    std::vector<std::unique_ptr<RawClient>> busy;  // none is idle, so none can make room
    while (server->stats().accept_pauses == 0 && busy.size() < 40) {
      busy.push_back(std::make_unique<RawClient>(server.address()));
      if (!busy.back()->connected()) return 1;
      busy.back()->send(get("/keep"));
      std::this_thread::sleep_for(milliseconds(5));
    }
    // accept(2) fails for want of a descriptor even when nobody waits: now somebody does.
    spare.reset();
    busy.push_back(std::make_unique<RawClient>(server.address()));
    if (!busy.back()->connected()) return 5;
    const auto before = ::clock();
    const auto start = steady_clock::now();
    std::this_thread::sleep_for(milliseconds(500));
    // On a busy machine a pause may take its time.
    if (!TestServer::eventually([&] { return server->stats().accept_pauses >= 2; })) return 2;
    const auto used = static_cast<double>(::clock() - before) / CLOCKS_PER_SEC;
    if (used > std::chrono::duration<double>(steady_clock::now() - start).count() / 3) {
      return 3;  // it spins
    }
    busy.resize(busy.size() / 2);
    kept.clear();
    return busy.front()->receive().status == 500 && TestServer::eventually([&] {
             return RawClient(server.address()).ask(get("/hello")).status == 200;
           })
               ? 0
               : 4;
  };
  // An odd number and an even one: either the server or the client takes the last descriptor.
  EXPECT_EQ(exit_code_in_child(48, run), 0);
  EXPECT_EQ(exit_code_in_child(49, run), 0);
}

TEST(Load, OutOfDescriptorsItClosesTheLongestIdleConnection) {
  const auto run = [] {
    ServerOptions options;
    options.limits.reserved_descriptors = 0;
    TestServer server(options);
    std::vector<std::unique_ptr<RawClient>> idle;
    for (int i = 0; i < 15; ++i) {
      idle.push_back(std::make_unique<RawClient>(server.address()));
      if (idle.back()->ask(get("/hello")).status != 200) return 1;
    }
    RawClient one_more(server.address());
    if (one_more.ask(get("/hello")).status != 200) return 2;
    if (server->stats().connections_evicted == 0) return 3;
    return idle.front()->closed_within(milliseconds(2000)) ? 0 : 4;
  };
  // 3 standard ones, 3 of the server, 16 clients: the server's ends get what is left.
  EXPECT_EQ(exit_code_in_child(34, run), 0);
}

/// In a child with `files` descriptors: a server whose handler of /open opens 100 files. Writes its
/// address to `out` and lives until `in` is closed.
int serve_with(rlim_t files, int out, int in) {
  const rlimit limit{files, files};
  ::setrlimit(RLIMIT_NOFILE, &limit);
  Router router = standard_routes();
  router.add("GET", "/open", [](const Request&, const std::string&, Reply reply) {
    std::vector<Fd> opened;
    while (opened.size() < 100)
      opened.emplace_back(::open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
    reply.send(Response::text(opened.back() ? 200 : 500, "\n"));
  });
  ServerOptions options;
  options.deadlines.head = milliseconds(120'000);  // Nobody goes but to make room.
  TestServer server(options, std::move(router));
  const auto address = server.address();
  if (::write(out, address.data(), address.size()) < 0) return 1;
  ::close(out);
  char byte = 0;
  while (::read(in, &byte, 1) > 0) continue;
  return 0;
}

/// 0 when a server of 1024 descriptors answers an honest client besides 1,100 that connected
/// before, and sent `bytes`; again when these have all been there for long.
int ask_in_a_flood(const std::string& bytes) {
  std::array<int, 2> up{};
  std::array<int, 2> down{};
  if (::pipe(up.data()) != 0 || ::pipe(down.data()) != 0) return 1;
  const auto child = ::fork();
  if (child == 0) {
    ::close(down[1]);
    ::_exit(serve_with(1024, up[1], down[0]));
  }
  ::close(up[1]);
  std::array<char, 100> text{};
  const auto size = ::read(up[0], text.data(), text.size());
  const std::string address(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  std::vector<std::unique_ptr<RawClient>> flood;
  while (flood.size() < 1100) {
    flood.push_back(std::make_unique<RawClient>(address));
    if (!flood.back()->connected()) return 2;
    flood.back()->send(bytes);
  }
  int code = 0;
  for (int i = 0; i < 3 && code == 0; ++i) {
    const auto status = RawClient(address).ask(get("/open")).status;
    if (status != 200) code = status == 0 ? 3 : 4;
  }
  ::close(down[1]);
  ::waitpid(child, nullptr, 0);
  return code;
}

TEST(Load, SilentConnectionsByTheThousandLeaveTheHandlersTheirFiles) {
  EXPECT_EQ(exit_code_in_child(0, [] { return ask_in_a_flood(""); }), 0);
}

TEST(Load, HalfHeadsByTheThousandKeepNobodyOut) {
  EXPECT_EQ(exit_code_in_child(0, [] { return ask_in_a_flood("GET /open HT"); }), 0);
}

TEST(Load, AnsweredConnectionsByTheThousandKeepNobodyOut) {
  EXPECT_EQ(exit_code_in_child(0, [] { return ask_in_a_flood(get("/hello") + "GET /h"); }), 0);
}

TEST(Load, AConnectionIsSafeInItsFirstSecond) {
  ServerOptions options;
  options.limits.connections = 1;
  TestServer server(options);
  std::vector<std::unique_ptr<RawClient>> silent;
  // A machine that stops for a second between two of them is given further chances.
  for (int i = 0; i < 5 && server->stats().accept_pauses == 0; ++i) {
    silent.push_back(std::make_unique<RawClient>(server.address()));
    TestServer::eventually([&] {
      return server->stats().accept_pauses != 0 ||
             server->stats().connections_accepted == silent.size();
    });
  }
  EXPECT_NE(server->stats().accept_pauses, 0U);
  EXPECT_EQ(RawClient(server.address()).ask(get("/hello")).status, 200);
  EXPECT_TRUE(silent.front()->closed_within(milliseconds(5000)));
}

TEST(Load, HalfAHeadYieldsBeforeAnIdleConnection) {
  ServerOptions options;
  options.limits.connections = 2;
  TestServer server(options);
  RawClient idle(server.address());
  ASSERT_EQ(idle.ask(get("/hello")).status, 200);
  RawClient half(server.address());
  half.send("GET /h");
  std::this_thread::sleep_for(milliseconds(1100));
  EXPECT_EQ(RawClient(server.address()).ask(get("/hello")).status, 200);
  EXPECT_TRUE(half.closed_within(milliseconds(5000)));
  EXPECT_EQ(idle.ask(get("/hello")).status, 200);
}

TEST(Load, OverItsLimitItClosesTheLongestIdleConnection) {
  ServerOptions options;
  options.limits.connections = 2;
  TestServer server(options);
  RawClient first(server.address());
  RawClient second(server.address());
  EXPECT_EQ(first.ask(get("/hello")).status, 200);
  EXPECT_EQ(second.ask(get("/hello")).status, 200);
  RawClient third(server.address());
  EXPECT_EQ(third.ask(get("/hello")).status, 200);
  EXPECT_EQ(second.ask(get("/hello")).status, 200);
  EXPECT_EQ(first.receive().status, 0);
  EXPECT_EQ(server->stats().connections_evicted, 1U);
}

class Drain : public ::testing::Test {
 protected:
  static ServerOptions options() {
    ServerOptions options;
    options.deadlines.linger = milliseconds(200);
    return options;
  }
  Router routes() {
    Router router = standard_routes();
    router.add("GET", "/keep", [this](const Request&, const std::string&, Reply reply) {
      kept_.emplace(std::move(reply));
      called_ = true;
    });
    return router;
  }
  bool begin_request(RawClient& client) {
    client.send(get("/keep"));
    return TestServer::eventually([&] { return called_.load(); });
  }
  std::optional<Reply> kept_;
  std::atomic<bool> called_{false};
  TestServer server_{options(), routes()};
  RawClient client_{server_.address()};
};

TEST_F(Drain, FinishesWhatIsInFlight) {
  ASSERT_TRUE(begin_request(client_));
  std::jthread answer([&] {
    std::this_thread::sleep_for(milliseconds(100));
    kept_->send(Response::text(200, "in time\n"));
  });
  const auto start = steady_clock::now();
  server_->stop(milliseconds(5000));
  EXPECT_LT(steady_clock::now() - start, milliseconds(4500));
  const auto last = client_.receive();
  EXPECT_EQ(last.body, "in time\n");
  EXPECT_EQ(last.header("Connection"), "close");
}

TEST_F(Drain, WaitsNoLongerThanItsGrace) {
  ASSERT_TRUE(begin_request(client_));
  const auto start = steady_clock::now();
  server_->stop(milliseconds(100));
  EXPECT_GE(steady_clock::now() - start, milliseconds(95));
  EXPECT_LT(steady_clock::now() - start, milliseconds(10'000));
  EXPECT_TRUE(client_.closed_within(milliseconds(1000)));
}

TEST_F(Drain, ClosesIdleConnectionsAtOnce) {
  EXPECT_EQ(client_.ask(get("/hello")).status, 200);
  const auto start = steady_clock::now();
  server_->stop(milliseconds(5000));
  EXPECT_LT(steady_clock::now() - start, milliseconds(4500));
  EXPECT_TRUE(client_.closed_within(milliseconds(1000)));
}

TEST_F(Drain, DoesNotWaitForTheRestOfAHead) {
  client_.send("GET /hel");
  ASSERT_TRUE(TestServer::eventually([&] { return server_->stats().bytes_received == 8; }));
  const auto start = steady_clock::now();
  server_->stop(milliseconds(5000));
  EXPECT_LT(steady_clock::now() - start, milliseconds(4500));
  EXPECT_TRUE(client_.closed_within(milliseconds(1000)));
}

TEST_F(Drain, TakesNoFurtherConnections) {
  const auto address = server_.address();
  server_->stop(milliseconds(0));
  EXPECT_FALSE(RawClient(address).connected());
}

TEST_F(Drain, TakesNoFurtherRequestOnABusyConnection) {
  ASSERT_TRUE(begin_request(client_));
  client_.send(get("/hello"));
  std::jthread stopper([&] { server_->stop(milliseconds(3000)); });
  ASSERT_TRUE(TestServer::eventually([&] { return !RawClient(server_.address()).connected(); }));
  kept_->send(Response::text(200, "last\n"));
  EXPECT_EQ(client_.receive().body, "last\n");
  EXPECT_EQ(client_.receive().status, 0);
}

TEST_F(Drain, MayBeAskedForTwice) {
  server_->stop(milliseconds(0));
  server_->stop(milliseconds(0));
  EXPECT_EQ(server_->stats().connections_open, 0U);
}

TEST(Load, ManyClientsAtOnceAreAllAnswered) {
  TestServer server;
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        RawClient client(server.address());
        for (int i = 0; i < 100; ++i) {
          const std::string body(static_cast<std::size_t>(i * 37), 'b');
          if (client.ask(post("/echo", body)).body == body) ++answered;
        }
      });
    }
  }
  EXPECT_EQ(answered, 800);
}

}  // namespace
}  // namespace serverpulse::http::testing
