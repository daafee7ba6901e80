// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "log/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "base/fd.h"
#include "base/fields.h"

namespace serverpulse::log {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Log : public testing::Test {
 protected:
  // What follows `time=… level=info msg=x ` in logfmt.
  std::string logfmt(std::string_view value) {
    auto line = logger_.line(Level::info, "x", {{"k", value}});
    const auto at = line.find(" k=");
    EXPECT_NE(at, std::string::npos);
    return line.substr(at + 3, line.size() - at - 4);
  }
  std::string json(std::string_view value) {
    logger_.set(Level::info, Format::json);
    auto line = logger_.line(Level::info, "x", {{"k", value}});
    const auto at = line.find(",\"k\":");
    EXPECT_NE(at, std::string::npos);
    return line.substr(at + 5, line.size() - at - 7);
  }

  ManualClock clock_{seconds(1700000000) + milliseconds(42)};
  Logger logger_{clock_};
};

TEST_F(Log, ALogfmtLineHasTimeLevelMessageAndFields) {
  EXPECT_EQ(
      logger_.line(Level::warn, "collector failed", {{"collector", "cpu"}, {"err", "no file"}}),
      "time=2023-11-14T22:13:20.042Z level=warn msg=\"collector failed\" collector=cpu "
      "err=\"no file\"\n");
}

TEST_F(Log, AJsonLineHasTheSame) {
  logger_.set(Level::info, Format::json);
  EXPECT_EQ(
      logger_.line(Level::error, "bad", {{"n", 7}}),
      "{\"time\":\"2023-11-14T22:13:20.042Z\",\"level\":\"error\",\"msg\":\"bad\",\"n\":\"7\"}"
      "\n");
}

TEST_F(Log, EveryLevelHasItsName) {
  EXPECT_NE(logger_.line(Level::debug, "x", {}).find("level=debug "), std::string::npos);
  EXPECT_NE(logger_.line(Level::info, "x", {}).find("level=info "), std::string::npos);
  EXPECT_NE(logger_.line(Level::warn, "x", {}).find("level=warn "), std::string::npos);
  EXPECT_NE(logger_.line(Level::error, "x", {}).find("level=error "), std::string::npos);
}

TEST_F(Log, LogfmtQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(logfmt("plain-1.5/x:y"), "plain-1.5/x:y");
  EXPECT_EQ(logfmt("é…"), "é…");
  EXPECT_EQ(logfmt(""), "\"\"");
  EXPECT_EQ(logfmt("a b"), "\"a b\"");
  EXPECT_EQ(logfmt("a=b"), "\"a=b\"");
  EXPECT_EQ(logfmt("say \"hi\""), "\"say \\\"hi\\\"\"");
  EXPECT_EQ(logfmt("C:\\x"), "\"C:\\\\x\"");
}

TEST_F(Log, AFieldCannotBreakTheLine) {
  EXPECT_EQ(logfmt("a\nlevel=error\r\t"), "\"a\\nlevel=error\\r\\t\"");
  EXPECT_EQ(logfmt(std::string_view("\0\x1b[31m\x7f", 7)), "\"\\u0000\\u001b[31m\\u007f\"");
  EXPECT_EQ(json("a\n\"}"), "\"a\\n\\\"}\"");
}

TEST_F(Log, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(logfmt("a\xff"), "\"a\\ufffd\"");
  EXPECT_EQ(json("\xc3\xa9 \xc3"), "\"\xc3\xa9 \\ufffd\"");
}

// Everything that was written to a logger's descriptor.
class Written {
 public:
  Written() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
  }
  [[nodiscard]] int fd() const { return write_.get(); }
  std::string text() {
    std::string out;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = ::read(read_.get(), buffer.data(), buffer.size())) > 0;) {
      out.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return out;
  }

 private:
  Fd read_;
  Fd write_;
};

TEST(LogLevels, WhatIsBelowTheLeastIsNotWritten) {
  const ManualClock clock;
  Written written;
  Logger logger(clock, written.fd());
  logger.set(Level::warn, Format::logfmt);
  logger.debug("one");
  logger.info("two");
  logger.warn("three");
  logger.error("four");
  const auto text = written.text();
  EXPECT_EQ(text.find("one"), std::string::npos);
  EXPECT_EQ(text.find("two"), std::string::npos);
  EXPECT_NE(text.find("msg=three"), std::string::npos);
  EXPECT_NE(text.find("msg=four"), std::string::npos);
  EXPECT_FALSE(logger.enabled(Level::info));
  EXPECT_TRUE(logger.enabled(Level::warn));
}

TEST(LogLevels, InfoIsTheLeastByDefault) {
  const ManualClock clock;
  const Logger logger(clock);
  EXPECT_FALSE(logger.enabled(Level::debug));
  EXPECT_TRUE(logger.enabled(Level::info));
}

TEST(LogThreads, LinesNeverMix) {
  const ManualClock clock;
  Written written;
  const Logger logger(clock, written.fd());
  const std::string a(100, 'a');
  const std::string b(100, 'b');
  {
    const auto log = [&](const std::string& text) {
      for (int i = 0; i < 100; ++i) logger.info(text);
    };
    const std::jthread one([&] { log(a); });
    const std::jthread two([&] { log(b); });
  }
  const auto text = written.text();
  int lines = 0;
  for (const auto line : Lines(text)) {
    ++lines;
    EXPECT_TRUE(line.ends_with("msg=" + a) || line.ends_with("msg=" + b)) << line;
  }
  EXPECT_EQ(lines, 200);
}

TEST(LogFailure, ADescriptorThatIsClosedIsNoCrash) {
  const ManualClock clock;
  const Logger logger(clock, -1);
  logger.error("nobody hears");
  EXPECT_TRUE(logger.enabled(Level::error));
}

}  // namespace
}  // namespace serverpulse::log
