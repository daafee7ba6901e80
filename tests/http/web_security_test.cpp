// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/web_security.h"

#include <crypt.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "base/fd.h"
#include "tests/http/handshake.h"

namespace serverpulse::http {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::Identity;
using test::make_identity;
using test::Outcome;

std::string hash_of(const std::string& password) {
  auto scratch = std::make_unique<crypt_data>();
  return ::crypt_r(password.c_str(), "$2b$04$abcdefghijklmnopqrstuu", scratch.get());
}

// A request of which only the Authorization header and the peer matter.
class FakeRequest final : public Request {
 public:
  explicit FakeRequest(std::string authorization = "") : authorization_(std::move(authorization)) {
    peer_.address = "192.0.2.1";
    if (!authorization_.empty()) headers_.push_back({"authorization", authorization_});
  }
  [[nodiscard]] std::string_view method() const override { return "GET"; }
  [[nodiscard]] std::string_view path() const override { return "/metrics"; }
  [[nodiscard]] std::string_view query() const override { return ""; }
  [[nodiscard]] std::span<const Header> headers() const override { return headers_; }
  [[nodiscard]] const Peer& peer() const override { return peer_; }

 private:
  std::string authorization_;
  std::vector<Header> headers_;
  Peer peer_;
};

constexpr const char* kGood = "Basic cHJvbWV0aGV1czpzZWNyZXQ=";  // prometheus:secret
constexpr const char* kBad = "Basic cHJvbWV0aGV1czpndWVzcw==";   // prometheus:guess

class WebSecurityTest : public testing::Test {
 protected:
  WebSecurityTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    log_out_ = Fd(ends[0]);
    log_in_ = Fd(ends[1]);
    logger_ = std::make_unique<log::Logger>(clock_, log_in_.get());
  }

  // Writes web.yml and opens it.
  void open(const std::string& text) {
    folder_.write("web.yml", text);
    auto opened = WebSecurity::open(folder_.file("web.yml"), clock_, *logger_);
    ASSERT_TRUE(opened) << opened.error().message;
    web_ = std::move(*opened);
  }
  void write_certificate(const std::string& name) {
    const auto identity = make_identity({.name = name, .to = 30 * 86400});
    folder_.write("server.crt", identity.certificate_pem);
    folder_.write("server.key", identity.key_pem);
  }
  void rewrite(const std::string& text) {
    folder_.write("web.yml", text);
    clock_.advance(1s);
  }
  // What was logged since the last call.
  std::string logged() {
    std::string out;
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto got = ::read(log_out_.get(), buffer.data(), buffer.size());
      if (got <= 0) return out;
      out.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  // What a client before did: the files are looked at, if it is time to.
  void look() {
    const TlsContext asked(web_->context());
    web_->finish_look();
  }
  // The common name that the next connection sees; "" when it is refused, "plain" without TLS.
  std::string connect(const Client& client = {}) {
    look();
    const TlsContext context(web_->context());
    if (!context) return "plain";
    const auto out = test::shake_hands(context.get(), client);
    return out.accepted ? out.server_name : "";
  }
  // The status with which a request is refused; 200 when it is admitted.
  int status(const std::string& authorization = "") {
    look();
    response_ = {};
    const FakeRequest request(authorization);
    std::promise<Admission::Verdict> promise;
    Admission::Verdict verdict;
    const bool now = web_->decide(
        request, verdict, [&](Admission::Verdict later) { promise.set_value(std::move(later)); });
    if (!now) verdict = promise.get_future().get();
    if (!verdict) return 200;
    response_ = std::move(*verdict);
    return response_.status;
  }
  std::string response_header(const std::string& name) {
    for (const auto& [key, value] : response_.headers) {
      if (key == name) return value;
    }
    return "";
  }

  const std::string tls_ = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n";
  const std::string users_ = "basic_auth_users:\n  prometheus: " + hash_of("secret") + "\n";
  test::TempFolder folder_;
  ManualClock clock_;
  Fd log_out_, log_in_;
  std::unique_ptr<log::Logger> logger_;
  std::unique_ptr<WebSecurity> web_;
  Response response_;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// A pipe would read as an empty file, and an empty file asks for no password.
TEST_F(WebSecurityTest, RefusesWhatIsNoRegularFile) {
  const auto pipe = folder_.file("web.yml");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto opened = WebSecurity::open(pipe, clock_, *logger_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, pipe + ": want a regular file, found a pipe");
}

TEST_F(WebSecurityTest, WithoutAFileAllIsOpen) {
  auto opened = WebSecurity::open("", clock_, *logger_);
  ASSERT_TRUE(opened);
  web_ = std::move(*opened);
  EXPECT_EQ(connect(), "plain");
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(web_->headers(), nullptr);
}

TEST_F(WebSecurityTest, AMissingFileIsAnError) {
  const auto opened = WebSecurity::open(folder_.file("web.yml"), clock_, *logger_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, folder_.file("web.yml") + ": No such file or directory");
}

TEST_F(WebSecurityTest, ARenewedCertificateServesTheNextConnection) {
  write_certificate("first");
  open(tls_);
  EXPECT_EQ(connect(), "first");
  write_certificate("second");
  clock_.advance(1s);
  EXPECT_EQ(connect(), "second");
  EXPECT_EQ(count(logged(), "read again"), 1U);
}

TEST_F(WebSecurityTest, WhoCausesALookDoesNotWaitForIt) {
  write_certificate("first");
  folder_.write("web.yml", tls_ + users_);
  std::atomic<bool> stuck{false};
  auto opened = WebSecurity::open(folder_.file("web.yml"), clock_, *logger_,
                                  [&](const std::vector<std::string>& paths) {
                                    while (stuck) std::this_thread::sleep_for(1ms);
                                    return fingerprint(paths);
                                  });
  ASSERT_TRUE(opened) << opened.error().message;
  const auto web = std::move(*opened);
  write_certificate("second");
  clock_.advance(1s);
  stuck = true;  // As stat(2) is on a file system that hangs.
  for (int i = 0; i < 3; ++i) {
    const TlsContext context(web->context());
    EXPECT_EQ(test::shake_hands(context.get(), {}).server_name, "first");
    Admission::Verdict verdict;
    EXPECT_TRUE(web->decide(FakeRequest(), verdict, [](const Admission::Verdict&) {}));
    EXPECT_EQ(verdict->status, 401);
    EXPECT_EQ(web->headers()->size(), 0U);
  }
  stuck = false;
  web->finish_look();
  const TlsContext context(web->context());
  EXPECT_EQ(test::shake_hands(context.get(), {}).server_name, "second");
}

TEST_F(WebSecurityTest, WarnsWhenTheLastUserIsTakenAway) {
  open(users_);
  logged();
  rewrite("");
  EXPECT_EQ(status(), 200);
  const auto text = logged();
  EXPECT_EQ(count(text, "level=warn"), 1U) << text;
  EXPECT_NE(text.find("no password is asked for"), std::string::npos) << text;
}

TEST_F(WebSecurityTest, LooksAtTheFilesAtMostOnceASecond) {
  write_certificate("first");
  open(tls_);
  write_certificate("second");
  clock_.advance(999ms);
  EXPECT_EQ(connect(), "first");
  clock_.advance(1ms);
  EXPECT_EQ(connect(), "second");
}

TEST_F(WebSecurityTest, AFileJustBeingWrittenIsLeftToSettle) {
  open(users_);
  folder_.write("web.yml", "");
  // The clock says what the file system says: the file is a moment old.
  clock_ = ManualClock(SystemClock().wall());
  clock_.advance(10ms);
  EXPECT_EQ(status(), 401);
  clock_.advance(2s);
  EXPECT_EQ(status(), 200);
}

TEST_F(WebSecurityTest, ABrokenRenewalKeepsTheOldCertificateAndIsLoggedOnce) {
  write_certificate("first");
  open(tls_);
  logged();
  folder_.write("server.crt", make_identity({.name = "second"}).certificate_pem);
  for (int i = 0; i < 3; ++i) {
    clock_.advance(1s);
    EXPECT_EQ(connect(), "first");
  }
  const auto text = logged();
  EXPECT_EQ(count(text, "level=error"), 1U) << text;
  EXPECT_NE(text.find("key values mismatch"), std::string::npos) << text;
  write_certificate("third");
  clock_.advance(1s);
  EXPECT_EQ(connect(), "third");
}

TEST_F(WebSecurityTest, AVanishedCertificateKeepsTheOldOneUntilItIsBack) {
  write_certificate("first");
  open(tls_);
  ASSERT_EQ(::unlink(folder_.file("server.crt").c_str()), 0);
  clock_.advance(1s);
  EXPECT_EQ(connect(), "first");
  write_certificate("second");
  clock_.advance(1s);
  EXPECT_EQ(connect(), "second");
}

TEST_F(WebSecurityTest, ANewConfigurationsFilesAreWatchedBeforeTheyAreThere) {
  write_certificate("first");
  open(tls_);
  rewrite("tls_server_config: {cert_file: new.crt, key_file: new.key}\n");
  EXPECT_EQ(connect(), "first");
  const auto identity = make_identity({.name = "new"});
  folder_.write("new.crt", identity.certificate_pem);
  folder_.write("new.key", identity.key_pem);
  clock_.advance(1s);
  EXPECT_EQ(connect(), "new");
}

TEST_F(WebSecurityTest, ANewClientPolicyHoldsForTheNextConnection) {
  write_certificate("server");
  open(tls_);
  EXPECT_EQ(connect(), "server");
  rewrite(
      "tls_server_config: {cert_file: server.crt, key_file: server.key,"
      " client_auth_type: RequireAnyClientCert}\n");
  EXPECT_EQ(connect(), "");
  const auto identity = make_identity({.name = "client"});
  Client client;
  client.identity = &identity;
  EXPECT_EQ(connect(client), "server");
}

TEST_F(WebSecurityTest, ABrokenFileKeepsTheOldUsersAndIsLoggedOnce) {
  open(users_);
  logged();
  rewrite("basic_auth_users: [\n");
  EXPECT_EQ(status(), 401);
  EXPECT_EQ(status(kGood), 200);
  clock_.advance(1s);
  EXPECT_EQ(status(kBad), 401);
  EXPECT_EQ(count(logged(), "level=error"), 1U);
}

TEST_F(WebSecurityTest, ABrokenFileDoesNotStopARenewal) {
  write_certificate("first");
  open(tls_);
  rewrite("tls_server_config: [\n");
  EXPECT_EQ(connect(), "first");
  write_certificate("second");
  clock_.advance(1s);
  EXPECT_EQ(connect(), "second");
}

TEST_F(WebSecurityTest, ABrokenRenewalDoesNotStopTheRemovalOfAUser) {
  write_certificate("first");
  open(tls_ + users_);
  EXPECT_EQ(status(kGood), 200);
  folder_.write("server.key", "not a key");
  rewrite(tls_ + "basic_auth_users: {other: " + hash_of("x") + "}\n");
  EXPECT_EQ(status(kGood), 401);
  EXPECT_EQ(connect(), "first");
}

TEST_F(WebSecurityTest, ARenewalIsSeenThoughTheFileNoLongerNamesIt) {
  write_certificate("first");
  open(tls_);
  rewrite("");
  EXPECT_EQ(connect(), "first");
  write_certificate("second");
  clock_.advance(1s);
  EXPECT_EQ(connect(), "second");
}

TEST_F(WebSecurityTest, TlsCannotBeSwitchedOffAtRunTime) {
  write_certificate("server");
  open(tls_);
  rewrite(users_);
  EXPECT_EQ(connect(), "server");
  EXPECT_TRUE(web_->tls());
  EXPECT_EQ(status(), 401);
  EXPECT_NE(logged().find("TLS cannot be switched off without a restart"), std::string::npos);
}

TEST_F(WebSecurityTest, TlsCannotBeSwitchedOnAtRunTime) {
  write_certificate("server");
  open("");
  rewrite(tls_);
  EXPECT_EQ(connect(), "plain");
  EXPECT_NE(logged().find("TLS cannot be switched on without a restart"), std::string::npos);
}

TEST_F(WebSecurityTest, AsksForCredentials) {
  open(users_);
  EXPECT_EQ(status(), 401);
  EXPECT_EQ(response_header("WWW-Authenticate"), "Basic realm=\"ServerPulse\"");
  EXPECT_EQ(status("Bearer x"), 401);
  EXPECT_EQ(status(kBad), 401);
  EXPECT_EQ(status(kGood), 200);
}

TEST_F(WebSecurityTest, NewUsersHoldFromTheNextRequestOn) {
  open("");
  EXPECT_EQ(status(), 200);
  rewrite(users_);
  EXPECT_EQ(status(), 401);
  EXPECT_EQ(status(kGood), 200);
  rewrite("basic_auth_users: {prometheus: " + hash_of("guess") + "}");
  EXPECT_EQ(status(kGood), 401);
  EXPECT_EQ(status(kBad), 200);
}

TEST_F(WebSecurityTest, NeverLogsCredentials) {
  open(users_);
  status(kGood);
  status(kBad);
  rewrite("basic_auth_users: {prometheus: guess}");
  status(kGood);
  const auto text = logged();
  for (const char* secret : {"secret", "guess", "abcdefghij", "cHJvbWV0aGV1czp"}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << text;
  }
}

TEST_F(WebSecurityTest, LimitsTheRateBeforeItAsksForCredentials) {
  open("rate_limit: {interval: 2500ms, burst: 2}\n" + users_);
  EXPECT_EQ(status(kGood), 200);
  EXPECT_EQ(status(), 401);
  EXPECT_EQ(status(kGood), 429);
  EXPECT_EQ(response_header("Retry-After"), "3");
  clock_.advance(2500ms);
  EXPECT_EQ(status(kGood), 200);
  EXPECT_EQ(status(kGood), 429);
}

TEST_F(WebSecurityTest, AnUnrelatedChangeDoesNotRefillTheBucket) {
  open("rate_limit: {interval: 1h, burst: 1}\n");
  EXPECT_EQ(status(), 200);
  rewrite("rate_limit: {interval: 1h, burst: 1}\nhttp_server_config: {http2: false}\n");
  EXPECT_EQ(status(), 429);
}

TEST_F(WebSecurityTest, HandsOutTheHeadersAndTheirChanges) {
  open("http_server_config: {headers: {X-Frame-Options: deny}}\n");
  ASSERT_NE(web_->headers(), nullptr);
  EXPECT_EQ(*web_->headers(), (ExtraHeaders{{"X-Frame-Options", "deny"}}));
  rewrite("http_server_config: {headers: {X-Frame-Options: sameorigin}}\n");
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(*web_->headers(), (ExtraHeaders{{"X-Frame-Options", "sameorigin"}}));
}

TEST_F(WebSecurityTest, SaysOnceThatHttp2HasNoEffect) {
  open("http_server_config: {http2: true}\n");
  rewrite("http_server_config: {http2: true, headers: {X-XSS-Protection: 1}}\n");
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(count(logged(), "http2 has no effect"), 1U);
}

TEST_F(WebSecurityTest, WarnsOfCostsThatTakeSeconds) {
  auto hash = hash_of("secret");
  hash.replace(4, 2, "18");
  open("basic_auth_users: {prometheus: " + hash + "}\n");
  const auto text = logged();
  EXPECT_EQ(count(text, "level=warn"), 1U) << text;
  EXPECT_NE(text.find("users=1"), std::string::npos) << text;
}

}  // namespace
}  // namespace serverpulse::http
