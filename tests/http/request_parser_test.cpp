// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The parser alone: what it reports of a head, and that how bytes are cut makes no difference.
#include "http/request_parser.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "http/server.h"
#include "tests/http/fed_parser.h"

namespace serverpulse::http::testing {
namespace {

std::shared_ptr<const Peer> nobody() {
  return std::make_shared<Peer>();
}

TEST(RequestParser, ReportsTheHead) {
  const Limits limits;
  RequestParser parser(limits);
  const auto step = parser.head(
      "GET /metrics?collect[]=cpu&x HTTP/1.1\r\nHost: a:9100\r\nX-One:  two \t\r\n\r\nrest",
      nobody());
  ASSERT_EQ(step.progress, RequestParser::Progress::done);
  const auto& request = *parser.request();
  EXPECT_EQ(request.method(), "GET");
  EXPECT_EQ(request.path(), "/metrics");
  EXPECT_EQ(request.query(), "collect[]=cpu&x");
  EXPECT_EQ(request.header("x-ONE"), "two");
  EXPECT_EQ(request.header("x-two"), std::nullopt);
  EXPECT_EQ(request.headers().size(), 2U);
  EXPECT_TRUE(parser.keep_alive());
}

TEST(RequestParser, LeavesWhatFollowsTheHead) {
  const Limits limits;
  RequestParser parser(limits);
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(parser.head(head + "rest", nobody()).consumed, head.size());
  EXPECT_EQ(parser.body("rest", {}).progress, RequestParser::Progress::done);
}

TEST(RequestParser, ConsumesNothingOfAHeadThatIsNotWhole) {
  const Limits limits;
  RequestParser parser(limits);
  const auto step = parser.head("GET / HTTP/1.1\r\nHost: a\r\n", nobody());
  EXPECT_EQ(step.progress, RequestParser::Progress::need_more);
  EXPECT_EQ(step.consumed, 0U);
}

TEST(RequestParser, SaysWhyItRefuses) {
  const auto fed = feed("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {});
  EXPECT_EQ(fed.refused, 400);
  EXPECT_EQ(fed.reason, "more than one Host");
}

TEST(RequestParser, RefusesABareLfAsSoonAsItComes) {
  EXPECT_EQ(feed("GET / HTTP/1.1\n", {}).reason, "a line that ends without CR");
}

rc::Gen<std::string> pieces_of_requests() {
  const auto piece = rc::gen::weightedOneOf<std::string>({
      {6, rc::gen::element<std::string>(
              "GET / HTTP/1.1\r\n", "POST /a?b HTTP/1.1\r\n", "Host: a\r\n", "\r\n",
              "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "hello", "5\r\nhello\r\n",
              "0\r\n\r\n", "0\r\n", "a;b=c\r\n0123456789\r\n", "X: y\r\n", " z\r\n")},
      {1, rc::gen::string<std::string>()},
  });
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& parts) {
                        std::string all;
                        for (const auto& part : parts) all += part;
                        return all;
                      });
}

RC_GTEST_PROP(RequestParser, TakesBytesHoweverTheyAreCut, ()) {
  const auto bytes = *rc::gen::oneOf(
      pieces_of_requests(), rc::gen::map(pieces_of_requests(), [](const std::string& tail) {
        return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + tail;
      }));
  const auto cuts =
      *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(0, 40));
  const auto whole = feed(bytes, {});
  const auto cut = feed(bytes, cuts);
  RC_ASSERT(whole == cut);
}

RC_GTEST_PROP(RequestParser, GivesBackAChunkedBody, (const std::vector<std::string>& chunks)) {
  std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string body;
  for (const auto& chunk : chunks) {
    if (chunk.empty()) continue;
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
    bytes += size + chunk + "\r\n";
    body += chunk;
  }
  const auto fed = feed(bytes + "0\r\n\r\n", {7, 1, 3});
  RC_ASSERT(fed.complete);
  RC_ASSERT(fed.body == body);
}

}  // namespace
}  // namespace serverpulse::http::testing
