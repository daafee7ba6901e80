// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The parts that need no socket: queries, routes, replies, response heads, dead-line bookkeeping.
#include "http/http.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>

#include "http/response_head.h"
#include "http/text.h"
#include "http/timers.h"

namespace serverpulse::http::testing {
namespace {

using Values = std::vector<std::string>;

TEST(Query, GivesTheValuesOfAKeyInOrder) {
  EXPECT_EQ(query_values("collect[]=cpu&x=1&collect[]=disk", "collect[]"), (Values{"cpu", "disk"}));
}

TEST(Query, DecodesKeysAndValues) {
  EXPECT_EQ(query_values("collect%5B%5D=a+b%2Fc", "collect[]"), (Values{"a b/c"}));
}

TEST(Query, LeavesMalformedEscapesAlone) {
  EXPECT_EQ(query_values("a=%zz%4&a=%", "a"), (Values{"%zz%4", "%"}));
}

TEST(Query, TakesAKeyWithoutAValueAsEmpty) {
  EXPECT_EQ(query_values("a&&a=&b", "a"), (Values{"", ""}));
}

RC_GTEST_PROP(Query, TakesAnyBytes, (const std::string& query)) {
  for (const auto& value : query_values(query, "a")) RC_ASSERT(value.size() <= query.size());
}

class Recorder final : public Reply::Channel {
 public:
  explicit Recorder(std::vector<int>& statuses) : statuses_(&statuses) {}
  void send(Response response) noexcept override { statuses_->push_back(response.status); }
  bool hold(std::uint64_t) noexcept override { return true; }

 private:
  std::vector<int>* statuses_;
};

TEST(Reply, AnswersOnce) {
  std::vector<int> statuses;
  {
    Reply reply(std::make_shared<Recorder>(statuses));
    EXPECT_TRUE(reply);
    reply.send(Response::text(200, ""));
    EXPECT_FALSE(reply);
    reply.send(Response::text(201, ""));
  }
  EXPECT_EQ(statuses, std::vector<int>{200});
}

TEST(Reply, AnswersFor500WhenItIsDropped) {
  std::vector<int> statuses;
  { const Reply reply(std::make_shared<Recorder>(statuses)); }
  EXPECT_EQ(statuses, std::vector<int>{500});
}

TEST(Reply, AnswersForWhatAnAssignmentReplaces) {
  std::vector<int> first;
  std::vector<int> second;
  Reply reply(std::make_shared<Recorder>(first));
  reply = Reply(std::make_shared<Recorder>(second));
  EXPECT_EQ(first, std::vector<int>{500});
  reply.send(Response::text(204, ""));
  EXPECT_EQ(second, std::vector<int>{204});
}

Router::Function nothing() {
  return [](const Request&, std::string, const Reply&) {};
}

TEST(RouterTest, ListsEveryMethodOfAPath) {
  Router router;
  router.add("GET", "/a", nothing());
  router.add("POST", "/a", nothing());
  const auto found = router.find("PUT", "/a");
  EXPECT_EQ(found.handler, nullptr);
  EXPECT_EQ(found.allow, "GET, HEAD, POST");
  EXPECT_EQ(found.route, "/a");
}

TEST(RouterTest, FindsNothingForAnUnknownPath) {
  Router router;
  router.add("GET", "/a", nothing());
  const auto found = router.find("GET", "/b");
  EXPECT_EQ(found.handler, nullptr);
  EXPECT_TRUE(found.allow.empty());
  EXPECT_TRUE(found.route.empty());
}

TEST(RouterTest, PrefersAHeadOfItsOwn) {
  Router router;
  router.add("GET", "/a", nothing());
  router.add("HEAD", "/a", nothing());
  EXPECT_NE(router.find("HEAD", "/a").handler, router.find("GET", "/a").handler);
}

constexpr std::chrono::system_clock::time_point kWhen{std::chrono::seconds(784111777)};

TEST(ResponseHead, IsSpelledAsTheRfcDoes) {
  EXPECT_EQ(response_head(Response::text(404, "gone"), {true, false, nullptr, kWhen}),
            "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 4\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n");
}

TEST(ResponseHead, LeavesFramingToTheServer) {
  const Response response{
      200, {{"content-length", "99"}, {"Transfer-Encoding", "chunked"}, {"Connection", "x"}}, "a"};
  EXPECT_EQ(response_head(response, {false, false, nullptr, kWhen}),
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 1\r\n"
            "Connection: close\r\n\r\n");
}

TEST(ResponseHead, HasNoLengthWithoutContent) {
  EXPECT_EQ(response_head(Response{204, {}, ""}, {true, false, nullptr, kWhen}),
            "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
}

TEST(ResponseHead, IsUnsoundWithControlCharacters) {
  EXPECT_FALSE(is_sound(Response{200, {{"A", "b\r\nC: d"}}, ""}));
  EXPECT_FALSE(is_sound(Response{200, {{"A\r\nB", "c"}}, ""}));
  EXPECT_FALSE(is_sound(Response{200, {{"A", std::string("b\0c", 3)}}, ""}));
  EXPECT_FALSE(is_sound(Response{200, {{"", "b"}}, ""}));
  EXPECT_FALSE(is_sound(Response{100, {}, ""}));
  EXPECT_FALSE(is_sound(Response{600, {}, ""}));
  EXPECT_TRUE(is_sound(Response{200, {{"A", "b\tc \xc3\xa9"}}, ""}));
}

RC_GTEST_PROP(ResponseHead, NeverHasMoreLinesThanFields, (const std::string& value)) {
  const Response response{200, {{"X", value}}, ""};
  const auto head = response_head(response, {true, false, nullptr, kWhen});
  if (is_sound(response)) {
    RC_ASSERT(std::count(head.begin(), head.end(), '\n') == 5);
  } else {
    RC_ASSERT(!is_field_value(value));
  }
}

using Seconds = std::chrono::seconds;

TEST(TimersTest, ComeTrueInOrder) {
  Timers timers;
  Timers::Timer a;
  Timers::Timer b;
  const Timers::Time start{};
  timers.set(a, start + Seconds(2), 1);
  timers.set(b, start + Seconds(1), 2);
  EXPECT_EQ(timers.next(), start + Seconds(1));
  EXPECT_EQ(timers.expired(start), std::nullopt);
  EXPECT_EQ(timers.expired(start + Seconds(3)), 2U);
  EXPECT_TRUE(timers.check(b, start + Seconds(3)));
  EXPECT_EQ(timers.expired(start + Seconds(3)), 1U);
}

TEST(TimersTest, MovedLaterAreNotDueAtTheirOldTime) {
  Timers timers;
  Timers::Timer timer;
  const Timers::Time start{};
  timers.set(timer, start + Seconds(1), 1);
  timers.set(timer, start + Seconds(5), 1);
  ASSERT_EQ(timers.expired(start + Seconds(1)), 1U);
  EXPECT_FALSE(timers.check(timer, start + Seconds(1)));
  EXPECT_EQ(timers.next(), start + Seconds(5));
}

TEST(TimersTest, MovedEarlierAreDueEarlier) {
  Timers timers;
  Timers::Timer timer;
  const Timers::Time start{};
  timers.set(timer, start + Seconds(5), 1);
  timers.set(timer, start + Seconds(1), 1);
  EXPECT_EQ(timers.next(), start + Seconds(1));
}

TEST(TimersTest, ClearedNeverComeTrue) {
  Timers timers;
  Timers::Timer timer;
  const Timers::Time start{};
  timers.set(timer, start + Seconds(1), 1);
  timers.set(timer, Timers::Time::max(), 1);
  if (timers.expired(start + Seconds(9))) {
    EXPECT_FALSE(timers.check(timer, start + Seconds(9)));
  }
  EXPECT_EQ(timers.next(), Timers::Time::max());
}

}  // namespace
}  // namespace serverpulse::http::testing
