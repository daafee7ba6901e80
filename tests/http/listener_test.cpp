// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Where a server listens: IPv4, IPv6, both, Unix sockets, sockets from systemd; and the sentences
// for addresses it cannot.
#include "http/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>

#include "tests/http/raw_client.h"
#include "tests/http/test_server.h"

namespace serverpulse::http::testing {
namespace {

using std::chrono::milliseconds;

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = ::testing::TempDir() + "httpXXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

ServerOptions listen_on(std::vector<std::string> addresses) {
  ServerOptions options;
  options.listen = std::move(addresses);
  return options;
}

bool has_ipv6() {
  return Listener::open("[::1]:0").has_value();
}

int status_at(const std::string& address) {
  return RawClient(address).ask(get("/hello")).status;
}

std::string port_of(const std::string& address) {
  return address.substr(address.rfind(':'));
}

TEST(Listen, ASpellingIsCheckedWithoutOpeningAnything) {
  TempFolder folder;
  for (const auto& spec :
       {std::string(":0"), std::string("127.0.0.1:65535"), std::string("[::1]:80"),
        std::string("no-such-host.invalid:1"), "unix://" + folder.file("s")}) {
    EXPECT_TRUE(Listener::check(spec)) << spec;
  }
  EXPECT_FALSE(std::filesystem::exists(folder.file("s")));
  for (const auto& spec :
       {std::string(), std::string("80"), std::string(":65536"), std::string("::1:80"),
        std::string("unix://s"), "unix:///" + std::string(107, 'a')}) {
    const auto checked = Listener::check(spec);
    ASSERT_FALSE(checked) << spec;
    EXPECT_EQ(checked.error().message, Listener::open(spec).error().message);
  }
}

TEST(Listen, WithoutAHostTakesBothFamilies) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no IPv6";
  TestServer server(listen_on({":0"}));
  EXPECT_EQ(server.address(), "[::]" + port_of(server.address()));
  EXPECT_EQ(status_at("127.0.0.1" + port_of(server.address())), 200);
  EXPECT_EQ(status_at("[::1]" + port_of(server.address())), 200);
}

TEST(Listen, OnOneIpv6Address) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no IPv6";
  TestServer server(listen_on({"[::1]:0"}));
  EXPECT_TRUE(server.address().starts_with("[::1]:"));
  EXPECT_EQ(status_at(server.address()), 200);
}

TEST(Listen, OnAName) {
  TestServer server(listen_on({"localhost:0"}));
  EXPECT_TRUE(server.address().starts_with("127.0.0.1:"));
  EXPECT_EQ(status_at(server.address()), 200);
}

TEST(Listen, OnSeveralAddresses) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no IPv6";
  TestServer server(listen_on({"127.0.0.1:0", "[::1]:0"}));
  ASSERT_EQ(server->addresses().size(), 2U);
  EXPECT_EQ(status_at(server->addresses()[0]), 200);
  EXPECT_EQ(status_at(server->addresses()[1]), 200);
}

TEST(Listen, OnAUnixSocketThatOthersMayNotUse) {
  const TempFolder folder;
  TestServer server(listen_on({"unix://" + folder.file("x.sock")}));
  EXPECT_EQ(server.address(), "unix://" + folder.file("x.sock"));
  EXPECT_EQ(status_at(server.address()), 200);
  struct stat made {};
  ASSERT_EQ(::stat(folder.file("x.sock").c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 07777U, 0660U);
}

TEST(Listen, RemovesItsUnixSocketWhenItStops) {
  const TempFolder folder;
  {
    TestServer server(listen_on({"unix://" + folder.file("x.sock")}));
    EXPECT_TRUE(std::filesystem::exists(folder.file("x.sock")));
  }
  EXPECT_FALSE(std::filesystem::exists(folder.file("x.sock")));
}

TEST(Listen, ReplacesAUnixSocketThatWasLeftBehind) {
  const TempFolder folder;
  {
    auto listener = Listener::open("unix://" + folder.file("x.sock"));
    ASSERT_TRUE(listener.has_value());
    std::filesystem::create_hard_link(folder.file("x.sock"), folder.file("kept"));
  }
  std::filesystem::rename(folder.file("kept"), folder.file("x.sock"));
  TestServer server(listen_on({"unix://" + folder.file("x.sock")}));
  EXPECT_EQ(status_at(server.address()), 200);
}

TEST(Listen, LeavesAUnixSocketOfAnotherServerAlone) {
  const TempFolder folder;
  const auto path = folder.file("x.sock");
  auto first = Listener::open("unix://" + path);
  ASSERT_TRUE(first.has_value());
  std::filesystem::remove(path);
  const auto second = Listener::open("unix://" + path);
  ASSERT_TRUE(second.has_value());
  { const Listener gone = std::move(*first); }
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(Listener::open("unix://" + path).error().message,
            "listen address \"unix://" + path + "\": another process listens there");
}

TEST(Listen, TellsThePeerOfAUnixSocket) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no IPv6";
  const TempFolder folder;
  Router router;
  router.add("GET", "/peer", [](const Request& request, std::string, Reply reply) {
    const auto& peer = request.peer();
    reply.send(Response::text(200, peer.unix_socket ? "unix" + peer.address : peer.address));
  });
  TestServer server(listen_on({"unix://" + folder.file("x.sock"), ":0"}), std::move(router));
  EXPECT_EQ(RawClient(server->addresses()[0]).ask(get("/peer")).body, "unix");
  const auto port = port_of(server->addresses()[1]);
  EXPECT_EQ(RawClient("127.0.0.1" + port).ask(get("/peer")).body, "127.0.0.1");
  EXPECT_EQ(RawClient("[::1]" + port).ask(get("/peer")).body, "::1");
}

struct BadAddress {
  std::string spec;
  std::string message;
};

class RefusedAddress : public ::testing::TestWithParam<BadAddress> {};

TEST_P(RefusedAddress, IsNamedWithWhatWasWanted) {
  const auto listener = Listener::open(GetParam().spec);
  ASSERT_FALSE(listener.has_value());
  EXPECT_EQ(listener.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Specs, RefusedAddress,
    ::testing::Values(
        BadAddress{
            "9100",
            "listen address \"9100\": want [host]:port, [IPv6 address]:port or unix:///path"},
        BadAddress{"",
                   "listen address \"\": want [host]:port, [IPv6 address]:port or unix:///path"},
        BadAddress{"::1:9100",
                   "listen address \"::1:9100\": want [host]:port, [IPv6 address]:port or "
                   "unix:///path"},
        BadAddress{":http",
                   "listen address \":http\": want a port from 0 to 65535, found \"http\""},
        BadAddress{":65536",
                   "listen address \":65536\": want a port from 0 to 65535, found \"65536\""},
        BadAddress{"unix://x",
                   "listen address \"unix://x\": want an absolute path of at most 107 bytes"},
        BadAddress{"unix:///dev/null",
                   "listen address \"unix:///dev/null\": there is a file that is no socket"},
        BadAddress{"192.0.2.1:9100",
                   "listen address \"192.0.2.1:9100\": bind: Cannot assign requested address"}));

TEST(Listen, NamesAnAddressThatIsTaken) {
  TestServer server;
  const auto second = Listener::open(server.address());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().message,
            "listen address \"" + server.address() + "\": bind: Address already in use");
}

/// In a child process, descriptor 3 and what follows being what systemd would have opened.
int exit_code_with(int fds, const std::function<int()>& body) {
  const auto child = ::fork();
  if (child == 0) {
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);  // NOLINT
    ::setenv("LISTEN_FDS", std::to_string(fds).c_str(), 1);         // NOLINT
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(SystemdSocket, IsAdoptedAndServed) {
  const TempFolder folder;
  const auto path = folder.file("a.sock");
  EXPECT_EQ(exit_code_with(2,
                           [&] {
                             auto tcp = Listener::open("127.0.0.1:0");
                             auto local = Listener::open("unix://" + path);
                             if (!tcp || !local) return 2;
                             const int high = ::fcntl(tcp->fd(), F_DUPFD, 100);
                             const int higher = ::fcntl(local->fd(), F_DUPFD, 100);
                             ::dup2(high, 3);
                             ::dup2(higher, 4);
                             ServerOptions options;
                             options.systemd_socket = true;
                             TestServer server(options);
                             const auto& addresses = server->addresses();
                             if (addresses.size() != 2) return 3;
                             if (status_at(addresses[0]) != 200) return 4;
                             if (addresses[1] != "unix://" + path) return 5;
                             return status_at(addresses[1]) == 200 ? 0 : 6;
                           }),
            0);
}

TEST(SystemdSocket, ThatDoesNotListenIsRefused) {
  EXPECT_EQ(exit_code_with(1,
                           [] {
                             ::dup2(::socket(AF_INET, SOCK_STREAM, 0), 3);
                             const auto adopted = adopt_systemd_listeners();
                             return !adopted && adopted.error().message ==
                                                    "systemd socket: descriptor 3: want a "
                                                    "listening stream socket"
                                        ? 0
                                        : 1;
                           }),
            0);
}

TEST(SystemdSocket, MissingIsAnError) {
  const auto adopted = adopt_systemd_listeners();
  ASSERT_FALSE(adopted.has_value());
  EXPECT_EQ(adopted.error().message,
            "systemd socket: want descriptors by LISTEN_PID and LISTEN_FDS, found none");
}

}  // namespace
}  // namespace serverpulse::http::testing
