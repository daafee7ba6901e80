// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What could be read in two ways: raw bytes and the status they get. Each row also holds when the
// bytes arrive one at a time, and each refusal closes the connection, so that nothing behind it
// is taken for a request (RFC 9112, section 11.2).
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/http/raw_client.h"
#include "tests/http/test_server.h"

namespace serverpulse::http::testing {
namespace {

struct Case {
  std::string name;
  std::string bytes;
  int status;
};

void PrintTo(const Case& row, std::ostream* out) {
  *out << row.name;
}

std::string head(const std::string& fields) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string chunked(const std::string& body) {
  return head("Transfer-Encoding: chunked\r\n") + body;
}

using namespace std::string_literals;  // NOLINT(google-build-using-namespace): "\0"s

const std::vector<Case> kCases{
    // Where the body ends.
    {"LengthAndChunked", head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
     400},
    {"ChunkedAndLength", head("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") + "0\r\n\r\n",
     400},
    {"TwoLengths", head("Content-Length: 3\r\nContent-Length: 4\r\n") + "abcd", 400},
    {"TwoEqualLengths", head("Content-Length: 3\r\nContent-Length: 3\r\n") + "abc", 400},
    {"LengthList", head("Content-Length: 3, 3\r\n") + "abc", 400},
    {"LengthWithPlus", head("Content-Length: +3\r\n") + "abc", 400},
    {"LengthWithMinus", head("Content-Length: -3\r\n") + "abc", 400},
    {"LengthHex", head("Content-Length: 0x3\r\n") + "abc", 400},
    {"LengthWithPoint", head("Content-Length: 3.0\r\n") + "abc", 400},
    {"LengthEmpty", head("Content-Length:\r\n"), 400},
    {"LengthWithSpaceInside", head("Content-Length: 1 0\r\n") + "0123456789", 400},
    {"LengthOverflow", head("Content-Length: 18446744073709551616\r\n"), 400},
    {"LengthHuge", head("Content-Length: 18446744073709551615\r\n"), 413},
    {"LengthOverLimit", head("Content-Length: 1048577\r\n"), 413},
    {"LengthWithUnderscore", head("Content_Length: 3\r\n") + "\x01", 200},
    {"CodingUnknown", head("Transfer-Encoding: gzip\r\n"), 501},
    {"CodingIdentity", head("Transfer-Encoding: identity\r\n"), 501},
    {"CodingGzipChunked", head("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n", 501},
    {"CodingChunkedTwiceInOne", head("Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n", 501},
    {"CodingChunkedThenIdentity", head("Transfer-Encoding: chunked, identity\r\n"), 501},
    {"CodingPrefixed", head("Transfer-Encoding: xchunked\r\n"), 501},
    {"CodingQuoted", head("Transfer-Encoding: \"chunked\"\r\n"), 501},
    {"CodingWithParameter", head("Transfer-Encoding: chunked;a=b\r\n") + "0\r\n\r\n", 501},
    {"CodingTwoFields",
     head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
    {"CodingTwoFieldsOneUnknown",
     head("Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
    {"CodingAndVerticalTab", head("Transfer-Encoding: \vchunked\r\n"), 400},
    {"CodingEmpty", head("Transfer-Encoding:\r\n"), 501},
    {"CodingAnyCase", head("tRANSFER-eNCODING: CHUNKED\r\n") + "0\r\n\r\n", 200},
    {"CodingInHttp10",
     "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    // Chunks.
    {"ChunkSizeNotHex", chunked("g\r\n"), 400},
    {"ChunkSizeEmpty", chunked("\r\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkSizeWithPlus", chunked("+3\r\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkSizeWithMinus", chunked("-3\r\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkSizePrefixed", chunked("0x3\r\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkSizeOverflow", chunked("10000000000000000\r\n"), 400},
    {"ChunkSizeWithSpaceBefore", chunked(" 3\r\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkSizeWithSpaceBehind", chunked("3 \r\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkSizeBareLf", chunked("3\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkTooShort", chunked("2\r\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkTooLong", chunked("4\r\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkEndsWithLf", chunked("3\r\nabc\n0\r\n\r\n"), 400},
    {"ChunkExtension", chunked("3;a=b;c=\"d\"\r\nabc\r\n0\r\n\r\n"), 200},
    {"ChunkExtensionMalformed", chunked("3;=\r\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkExtensionWithLf", chunked("3;a=\"\n\"\r\nabc\r\n0\r\n\r\n"), 400},
    {"ChunkExtensionEndless", chunked("3;a=" + std::string(20000, 'a')), 400},
    {"TrailerWithLength", chunked("0\r\nContent-Length: 3\r\n\r\n"), 400},
    {"TrailerWithSpaceBeforeColon", chunked("0\r\nA : b\r\n\r\n"), 400},
    {"TrailerWithHostIsNoHost", chunked("0\r\nHost: b\r\n\r\n"), 200},
    {"TrailerEndless", chunked("0\r\n" + std::string(20000, 'a')), 400},
    // Lines and names.
    {"BareLf", "GET /hello HTTP/1.1\nHost: a\n\n", 400},
    {"BareLfInTheMiddle", "GET /hello HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
    {"BareCr", "GET /hello HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400},
    {"CrCrLf", "GET /hello HTTP/1.1\r\nHost: a\r\r\n\r\n", 400},
    {"NulInValue", head("X: a\0b\r\n"s), 400},
    {"NulInName", head("X\0: a\r\n"s), 400},
    {"ControlInValue", head("X: a\x01\r\n"), 400},
    {"DelInValue", head("X: a\x7f\r\n"), 400},
    {"Fold", head("X: a\r\n b\r\n"), 400},
    {"FoldWithTab", head("X: a\r\n\tb\r\n"), 400},
    {"FoldOfLength", head("Content-Length:\r\n 3\r\n") + "abc", 400},
    {"FoldAfterRequestLine", "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"SpaceBeforeColon", head("Content-Length : 3\r\n") + "abc", 400},
    {"TabBeforeColon", head("Content-Length\t: 3\r\n") + "abc", 400},
    {"NameEmpty", head(": a\r\n"), 400},
    {"NameWithSpace", head("X Y: a\r\n"), 400},
    {"NameNotAscii", head("X\xc3\xa9: a\r\n"), 400},
    {"NoColon", head("Xyz\r\n"), 400},
    // Host.
    {"HostMissing", "GET /hello HTTP/1.1\r\n\r\n", 400},
    {"HostTwice", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"HostList", "GET /hello HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
    {"HostWithPath", "GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"HostWithUser", "GET /hello HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"HostIpv6", "GET /hello HTTP/1.1\r\nHost: [::1]:9100\r\n\r\n", 200},
    {"HostMissingInHttp10", "GET /hello HTTP/1.0\r\n\r\n", 200},
    // The request line.
    {"EmptyLineBefore", "\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"TwoEmptyLinesBefore", "\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"SpaceBeforeMethod", " GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TwoSpaces", "GET  /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TwoSpacesBeforeVersion", "GET /hello  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"SpaceBehindVersion", "GET /hello HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {"TabForSpace", "GET\t/hello\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"NoVersion", "GET /hello\r\nHost: a\r\n\r\n", 400},
    {"Http12", "GET /hello HTTP/1.2\r\nHost: a\r\n\r\n", 505},
    {"Http20", "GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"Http09Version", "GET /hello HTTP/0.9\r\nHost: a\r\n\r\n", 505},
    {"VersionLowerCase", "GET /hello http/1.1\r\nHost: a\r\n\r\n", 400},
    {"VersionOfThreeDigits", "GET /hello HTTP/1.10\r\nHost: a\r\n\r\n", 400},
    {"MethodWithBrackets", "G(T /hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"MethodLowerCase", "get /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"TargetWithFragment", "GET /hello#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TargetNotAscii", "GET /h\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TargetRelative", "GET hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TargetOtherScheme", "GET ftp://a/hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TargetWithUser", "GET http://u@a/hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TargetWithoutAuthority", "GET http:///hello HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TargetAsterisk", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"OptionsAsterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404},
    {"Connect", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"TargetTooLong", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
    {"TargetEndless", "GET /" + std::string(9000, 'a'), 414},
    // The rest.
    {"HeadTooLarge", head("X: " + std::string(17000, 'a') + "\r\n"), 431},
    {"HeadEndless", "GET /hello HTTP/1.1\r\n" + std::string(17000, 'a'), 431},
    {"TooManyFields",
     [] {
       std::string fields;
       for (int i = 0; i < 101; ++i) fields += "A: b\r\n";
       return head(fields);
     }(),
     431},
    {"ExpectUnknown", head("Content-Length: 1\r\nExpect: 200-ok\r\n"), 417},
    {"ExpectInHttp10", "POST /echo HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx",
     200},
    {"TlsHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
};

class Smuggling : public ::testing::TestWithParam<Case> {
 protected:
  void expect(const Answer& answer) {
    EXPECT_EQ(answer.status, GetParam().status) << answer.body;
    const bool refused = GetParam().status >= 400 && GetParam().status != 404;
    if (!refused) return;
    const bool whole_request = GetParam().status == 501 && answer.body == "Not Implemented\n";
    if (whole_request) return;
    EXPECT_TRUE(client_.closed_within(std::chrono::seconds(5)));
  }
  TestServer server_;
  RawClient client_{server_.address()};
};

TEST_P(Smuggling, HasOneAnswer) {
  expect(client_.ask(GetParam().bytes));
}

TEST_P(Smuggling, HasTheSameAnswerByteByByte) {
  for (const char byte : GetParam().bytes) {
    if (!client_.send({&byte, 1})) break;
  }
  expect(client_.receive());
}

INSTANTIATE_TEST_SUITE_P(Bytes, Smuggling, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace serverpulse::http::testing
