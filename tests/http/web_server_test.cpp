// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// WebSecurity behind a real Server: TLS, passwords proved on other threads, headers.
#include <crypt.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "http/web_security.h"
#include "tests/http/certificates.h"
#include "tests/http/raw_client.h"
#include "tests/http/test_server.h"

namespace serverpulse::http::testing {
namespace {

std::string hash_of(const std::string& password, const std::string& cost) {
  auto scratch = std::make_unique<crypt_data>();
  return ::crypt_r(password.c_str(), ("$2b$" + cost + "$abcdefghijklmnopqrstuu").c_str(),
                   scratch.get());
}

std::string get_as(const std::string& credentials) {
  std::string text(credentials.size() * 2 + 8, '\0');
  const int length = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       reinterpret_cast<const unsigned char*>(credentials.data()),
                                       static_cast<int>(credentials.size()));
  text.resize(static_cast<std::size_t>(length));
  return get("/hello", "Authorization: Basic " + text + "\r\n");
}

class WebServerTest : public ::testing::Test {
 protected:
  // `cost`: of the user "slow"; the user "good" has 04.
  void start(const std::string& cost = "04", bool tls = true) {
    const auto identity = http::test::make_identity({.name = "localhost"});
    folder_.write("server.crt", identity.certificate_pem);
    folder_.write("server.key", identity.key_pem);
    std::string text =
        tls ? "tls_server_config: {cert_file: server.crt, key_file: server.key}\n" : std::string();
    text += "http_server_config: {headers: {X-Frame-Options: deny}}\nbasic_auth_users:\n";
    text += "  good: " + hash_of("secret", "04") + "\n";
    text += "  slow: " + hash_of("secret", cost) + "\n";
    folder_.write("web.yml", text);
    auto opened = WebSecurity::open(folder_.file("web.yml"), clock_, logger_);
    ASSERT_TRUE(opened) << opened.error().message;
    web_ = std::move(*opened);
    server_ = std::make_unique<TestServer>(
        ServerOptions{}, standard_routes(),
        ServerHooks{.tls = web_.get(), .admission = web_.get(), .headers = web_.get()});
  }

  http::test::TempFolder folder_;
  SystemClock clock_;
  log::Logger logger_{clock_, -1};
  std::unique_ptr<WebSecurity> web_;
  std::unique_ptr<TestServer> server_;
};

TEST_F(WebServerTest, AnswersTheRightPasswordOverTls) {
  start();
  RawClient client(server_->address(), true);
  for (int i = 0; i < 2; ++i) {  // Proved, then remembered.
    const auto answer = client.ask(get_as("good:secret"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello\n");
    EXPECT_EQ(answer.header("X-Frame-Options"), "deny");
  }
}

TEST_F(WebServerTest, RefusesAllElseWithTheHeadersToo) {
  start();
  RawClient client(server_->address(), true);
  for (const auto& request : {get("/hello"), get_as("good:guess"), get_as("nobody:secret")}) {
    const auto answer = client.ask(request);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.header("WWW-Authenticate"), "Basic realm=\"ServerPulse\"");
    EXPECT_EQ(answer.header("X-Frame-Options"), "deny");
  }
}

TEST_F(WebServerTest, AFloodOfWrongPasswordsDoesNotStopScrapes) {
  start("09", false);
  RawClient scraper(server_->address());
  ASSERT_EQ(scraper.ask(get_as("good:secret")).status, 200);
  std::vector<std::unique_ptr<RawClient>> flood;
  for (int i = 0; i < 200; ++i) {
    flood.push_back(std::make_unique<RawClient>(server_->address()));
    flood.back()->send(get_as("slow:guess" + std::to_string(i)));
    ASSERT_EQ(scraper.ask(get_as("good:secret")).status, 200);
  }
  int refused = 0;
  int busy = 0;
  for (const auto& client : flood) {
    const auto answer = client->receive();
    if (answer.status == 401) ++refused;
    if (answer.status == 503 && answer.header("Retry-After") == "1") ++busy;
  }
  EXPECT_EQ(refused + busy, 200);
  EXPECT_GE(refused, 16);
  EXPECT_GE(busy, 1);
}

TEST_F(WebServerTest, AClientMayLeaveBeforeItsPasswordIsProved) {
  start("08", false);
  for (int i = 0; i < 10; ++i) {
    RawClient client(server_->address());
    client.send(get_as("slow:guess" + std::to_string(i)));
  }
  RawClient client(server_->address());
  EXPECT_EQ(client.ask(get_as("good:secret")).status, 200);
}

TEST_F(WebServerTest, TheServerMayStopBeforePasswordsAreProved) {
  start("10", false);
  RawClient client(server_->address());
  client.send(get_as("slow:guess"));
  EXPECT_TRUE(
      TestServer::eventually([&] { return (*server_)->stats().requests_in_flight.load() != 0; }));
  (*server_)->stop(std::chrono::milliseconds(0));
  server_.reset();
  web_.reset();
  EXPECT_EQ(client.receive().status, 0);
}

}  // namespace
}  // namespace serverpulse::http::testing
