// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/reloads.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <future>

namespace serverpulse::exporter {
namespace {

// Keeps the answer for the test.
class Kept final : public http::Reply::Channel {
 public:
  void send(http::Response response) noexcept override { response_ = std::move(response); }
  bool hold(std::uint64_t) noexcept override { return true; }
  [[nodiscard]] const http::Response& response() const { return response_; }

 private:
  http::Response response_;
};

TEST(Reloads, AHangUpReloadsAndATerminationEnds) {
  auto reloads = Reloads::make().value();
  int count = 0;
  ::kill(::getpid(), SIGHUP);
  const int signal = reloads->wait([&]() -> Status {
    ++count;
    ::kill(::getpid(), SIGTERM);
    return {};
  });
  reloads.reset();  // waits for the reload
  EXPECT_EQ(signal, SIGTERM);
  EXPECT_EQ(count, 1);
}

TEST(Reloads, ARequestIsAnsweredWithWhatCameOfIt) {
  auto reloads = Reloads::make().value();
  const auto good = std::make_shared<Kept>();
  const auto bad = std::make_shared<Kept>();
  reloads->request(http::Reply(good));
  reloads->wait([&]() -> Status {
    ::kill(::getpid(), SIGINT);
    return {};
  });
  reloads.reset();  // waits for the reload
  EXPECT_EQ(good->response().status, 200);
  reloads = Reloads::make().value();
  reloads->request(http::Reply(bad));
  reloads->wait([&]() -> Status {
    ::kill(::getpid(), SIGINT);
    return fail("config.yml:3: web: want a map");
  });
  reloads.reset();
  EXPECT_EQ(bad->response().status, 500);
  EXPECT_EQ(bad->response().body, "failed to reload config: config.yml:3: web: want a map\n");
}

TEST(Reloads, RequestsThatCameTogetherAreOneReload) {
  auto reloads = Reloads::make().value();
  int count = 0;
  const auto first = std::make_shared<Kept>();
  const auto second = std::make_shared<Kept>();
  reloads->request(http::Reply(first));
  reloads->request(http::Reply(second));
  reloads->wait([&]() -> Status {
    ++count;
    ::kill(::getpid(), SIGTERM);
    return {};
  });
  reloads.reset();
  EXPECT_EQ(count, 1);
  EXPECT_EQ(first->response().status, 200);
  EXPECT_EQ(second->response().status, 200);
}

TEST(Reloads, AReloadThatHangsDoesNotHoldUpTheEnd) {
  std::promise<void> release;
  auto reloads = Reloads::make().value();
  ::kill(::getpid(), SIGHUP);
  EXPECT_EQ(reloads->wait([&]() -> Status {
    ::kill(::getpid(), SIGTERM);
    release.get_future().wait();
    return {};
  }),
            SIGTERM);
  release.set_value();
}

TEST(Reloads, ARequestThatComesWithTheEndIsAnswered503) {
  auto reloads = Reloads::make().value();
  const auto before = std::make_shared<Kept>();
  const auto after = std::make_shared<Kept>();
  reloads->request(http::Reply(before));
  ::kill(::getpid(), SIGTERM);
  reloads->wait([]() -> Status { return {}; });
  reloads->request(http::Reply(after));
  EXPECT_EQ(before->response().status, 503);
  EXPECT_EQ(after->response().status, 503);
}

}  // namespace
}  // namespace serverpulse::exporter
