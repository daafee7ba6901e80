// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Every file of tests/http/web_config: one that starts with "bad" is refused with exactly the text
// in the .error beside it, every other is accepted. SERVERPULSE_UPDATE_GOLDENS=1 in the environment
// writes the .error files anew.
#include "http/web_config.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "http/web_security.h"
#include "tests/http/certificates.h"

namespace serverpulse::http {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(SERVERPULSE_SOURCE_DIR) / "tests/http/web_config";

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> all_cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

class WebConfigFile : public testing::TestWithParam<std::string> {
 protected:
  // What opening the case's file says, "" if it is accepted; without the folder's name.
  std::string open() {
    const test::TempFolder folder;
    const auto authority = test::make_identity({.name = "authority", .authority = true});
    const auto server = test::make_identity({.name = "server"}, &authority);
    folder.write("ca.crt", authority.certificate_pem);
    folder.write("server.crt", server.certificate_pem);
    folder.write("server.key", server.key_pem);
    folder.write("other.key", authority.key_pem);
    folder.write("web.yml", read_text(kFolder / (GetParam() + ".yml")));
    const SystemClock clock;
    const log::Logger silent(clock, -1);
    const auto opened = WebSecurity::open(folder.file("web.yml"), clock, silent);
    if (opened) return "";
    std::string message = opened.error().message + "\n";
    replace_all(message, folder.path() + "/", "");
    return message;
  }
};

TEST_P(WebConfigFile, IsAcceptedOrRefusedAsItsNameSays) {
  const bool bad = GetParam().rfind("bad_", 0) == 0;
  const std::string message = open();
  EXPECT_EQ(!message.empty(), bad) << message;
  const auto golden = kFolder / (GetParam() + ".error");
  if (::getenv("SERVERPULSE_UPDATE_GOLDENS") != nullptr && bad) std::ofstream(golden) << message;
  EXPECT_EQ(message, read_text(golden));
}

INSTANTIATE_TEST_SUITE_P(Files, WebConfigFile, testing::ValuesIn(all_cases()),
                         [](const auto& param) { return param.param; });

WebConfig parse(const std::string& text) {
  auto config = parse_web_config(text, "/etc/serverpulse/web.yml");
  EXPECT_TRUE(config) << (config ? "" : config.error().message);
  return config ? std::move(*config) : WebConfig{};
}

TEST(WebConfig, RelativePathsAreRelativeToTheFile) {
  const auto config = parse(
      "tls_server_config: {cert_file: tls/a.crt, key_file: /k/b.key, client_ca_file: c.crt,"
      " client_auth_type: RequireAndVerifyClientCert}");
  ASSERT_TRUE(config.tls);
  EXPECT_EQ(config.tls->cert_file, "/etc/serverpulse/tls/a.crt");
  EXPECT_EQ(config.tls->key_file, "/k/b.key");
  EXPECT_EQ(config.tls->client_ca_file, "/etc/serverpulse/c.crt");
}

TEST(WebConfig, PathsOfAFileWithoutAFolderStayAsTheyAre) {
  const auto config =
      parse_web_config("tls_server_config: {cert_file: a.crt, key_file: b.key}", "web.yml");
  ASSERT_TRUE(config && config->tls);
  EXPECT_EQ(config->tls->cert_file, "a.crt");
}

TEST(WebConfig, TlsDefaultsAreThoseOfUpstream) {
  const auto config = parse("tls_server_config: {cert_file: a, key_file: b}");
  ASSERT_TRUE(config.tls);
  EXPECT_EQ(config.tls->min_version, TlsVersion::tls12);
  EXPECT_EQ(config.tls->max_version, TlsVersion::tls13);
  EXPECT_EQ(config.tls->client_auth, ClientAuth::none);
  EXPECT_TRUE(config.tls->prefer_server_cipher_suites);
}

TEST(WebConfig, KeepsTheOrderOfCiphersAndDropsRepeats) {
  const auto config = parse(
      "tls_server_config: {cert_file: a, key_file: b, cipher_suites:"
      " [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,"
      " TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}");
  ASSERT_TRUE(config.tls);
  ASSERT_EQ(config.tls->cipher_suites.size(), 2U);
  EXPECT_EQ(config.tls->cipher_suites[0]->openssl, "ECDHE-RSA-AES128-GCM-SHA256");
  EXPECT_EQ(config.tls->cipher_suites[1]->openssl, "ECDHE-RSA-AES128-SHA");
}

TEST(WebConfig, ReadsHeadersAndLeavesOutBlankOnes) {
  const auto config =
      parse("http_server_config: {headers: {X-XSS-Protection: 1, Content-Security-Policy: ''}}");
  EXPECT_EQ(config.headers,
            (std::vector<std::pair<std::string, std::string>>{{"X-XSS-Protection", "1"}}));
}

TEST(WebConfig, ReadsTheRateLimit) {
  const auto config = parse("rate_limit: {interval: 1.5s, burst: 7}");
  EXPECT_EQ(config.rate_limit, (RateLimit{std::chrono::milliseconds(1500), 7}));
}

TEST(WebConfig, NoErrorQuotesAPasswordOrItsHash) {
  const std::string secret = "s3cr3t-s3cr3t";
  for (const std::string& text :
       {"basic_auth_users: {a: " + secret + "}", "basic_auth_users: " + secret,
        "basic_auth_users: [" + secret + "]", "basic_auth_users: {a: {b: " + secret + "}}",
        "a:" + secret}) {
    const auto config = parse_web_config(text, "web.yml");
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().message.find(secret), std::string::npos) << config.error().message;
  }
}

}  // namespace
}  // namespace serverpulse::http
