// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "base/kernel_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace serverpulse {
namespace {

namespace fs = std::filesystem;

class KernelFileTest : public testing::Test {
 protected:
  KernelFileTest() {
    std::string pattern = testing::TempDir() + "kernel_fileXXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~KernelFileTest() override { fs::remove_all(folder_); }

  std::string path(std::string_view name = "file") const { return folder_ / name; }
  // In place, as the kernel's own files change: the open descriptor sees it.
  void write(std::string_view text, std::string_view name = "file") const {
    std::ofstream(path(name), std::ios::binary | std::ios::trunc) << text;
  }

  fs::path folder_;
};

TEST_F(KernelFileTest, ReadsTheWholeText) {
  write("one\ntwo\n");
  KernelFile file(path());
  EXPECT_EQ(*file.read(), "one\ntwo\n");
}

TEST_F(KernelFileTest, ReadsAnEmptyFile) {
  write("");
  KernelFile file(path());
  EXPECT_EQ(*file.read(), "");
  EXPECT_EQ(*file.read_trimmed(), "");
}

TEST_F(KernelFileTest, ReadsFromTheBeginningEveryTime) {
  write("first, and longer");
  KernelFile file(path());
  EXPECT_EQ(*file.read(), "first, and longer");
  write("second");
  EXPECT_EQ(*file.read(), "second");
  EXPECT_EQ(*file.read(), "second");
}

TEST_F(KernelFileTest, GrowsItsBufferToWhatTheFileNeeds) {
  for (const auto shape :
       {KernelFile::Shape::stream, KernelFile::Shape::records, KernelFile::Shape::whole}) {
    for (const std::size_t size : {15U, 16U, 17U, 31U, 32U, 33U, 100000U}) {
      const std::string text(size, 'x');
      write(text);
      KernelFile file(path(), shape, 16);
      EXPECT_EQ(*file.read(), text);
    }
  }
}

TEST_F(KernelFileTest, GrowsBetweenReads) {
  write("x");
  KernelFile file(path(), KernelFile::Shape::whole, 16);
  EXPECT_EQ(*file.read(), "x");
  const std::string text(5000, 'y');
  write(text);
  EXPECT_EQ(*file.read(), text);
}

TEST_F(KernelFileTest, KeepsItsDescriptorWhenThePathGoes) {
  write("kept");
  KernelFile file(path());
  EXPECT_EQ(*file.read(), "kept");
  fs::remove(path());
  EXPECT_EQ(*file.read(), "kept");
}

TEST_F(KernelFileTest, OpensAgainAfterClose) {
  write("old");
  KernelFile file(path());
  EXPECT_EQ(*file.read(), "old");
  write("new", "other");
  fs::rename(path("other"), path());
  EXPECT_EQ(*file.read(), "old");
  file.close();
  EXPECT_EQ(*file.read(), "new");
}

TEST_F(KernelFileTest, AMissingFileIsUnavailableAndNamed) {
  KernelFile file(path("none"));
  const auto text = file.read();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, path("none") + ": No such file or directory");
  EXPECT_EQ(text.error().kind, Error::Kind::unavailable);
}

TEST_F(KernelFileTest, AMissingFileIsReadOnceItIsThere) {
  KernelFile file(path());
  EXPECT_FALSE(file.read());
  write("here");
  EXPECT_EQ(*file.read(), "here");
}

TEST_F(KernelFileTest, AFailureClosesTheDescriptor) {
  KernelFile file(folder_);
  const auto text = file.read();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, folder_.string() + ": Is a directory");
  EXPECT_EQ(text.error().kind, Error::Kind::failed);
  fs::remove(folder_);
  std::ofstream(folder_) << "a file now";
  EXPECT_EQ(*file.read(), "a file now");
}

// A process that is gone answers ESRCH on its kept descriptors, a removed device ENODEV; what a
// test without root can have is the former, which is no reason to open again: the path is gone as
// well.
TEST_F(KernelFileTest, AProcessThatIsGoneIsAnErrorAndNotACrash) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  KernelFile file("/proc/" + std::to_string(child) + "/stat");
  EXPECT_TRUE(file.read());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const auto gone = file.read();
  ASSERT_FALSE(gone);
  EXPECT_TRUE(gone.error().message.starts_with(file.path() + ": "));
  EXPECT_EQ(file.read().error().kind, Error::Kind::unavailable);
}

TEST_F(KernelFileTest, MoreThan64MiBIsRefused) {
  write("");
  ASSERT_EQ(::truncate(path().c_str(), (off_t{64} << 20U) + 1), 0);
  KernelFile file(path(), KernelFile::Shape::stream, std::size_t{64} << 20U);
  EXPECT_EQ(file.read().error().message, path() + ": File too large");
}

TEST_F(KernelFileTest, TrimsWhiteSpaceAtTheEndOnly) {
  write("  two words \t\r\n\n");
  KernelFile file(path());
  EXPECT_EQ(*file.read_trimmed(), "  two words");
  write(" \n");
  EXPECT_EQ(*file.read_trimmed(), "");
}

TEST_F(KernelFileTest, ReadsARealFileOfProcTwice) {
  KernelFile file("/proc/self/stat");
  EXPECT_TRUE(file.read()->starts_with(std::to_string(::getpid()) + " ("));
  EXPECT_TRUE(file.read()->starts_with(std::to_string(::getpid()) + " ("));
}

// The kernel hands these out a page at a time; about 31 sockets fill one.
TEST_F(KernelFileTest, AllRecordsOfARealTableAreRead) {
  KernelFile file("/proc/self/net/udp", KernelFile::Shape::records);
  std::vector<Fd> sockets;
  std::vector<std::string> ports;
  while (sockets.size() < 100) {
    sockets.emplace_back(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ASSERT_EQ(::bind(sockets.back().get(), reinterpret_cast<sockaddr*>(&address), length), 0);
    ::getsockname(sockets.back().get(), reinterpret_cast<sockaddr*>(&address), &length);
    std::array<char, 16> port{};
    std::snprintf(port.data(), port.size(), "0100007F:%04X ", ntohs(address.sin_port));
    ports.emplace_back(port.data());
    const auto text = file.read();
    ASSERT_TRUE(text);
    for (const auto& p : ports) {
      ASSERT_NE(text->find(p), std::string_view::npos) << ports.size() << " sockets";
    }
  }
}

TEST_F(KernelFileTest, ItsDescriptorIsNotInherited) {
  write("x");
  const int next = ::dup(0);  // the number that the next descriptor gets
  ::close(next);
  KernelFile file(path());
  ASSERT_TRUE(file.read());
  EXPECT_EQ(::fcntl(next, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

}  // namespace
}  // namespace serverpulse
