// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Real handshakes against the contexts that configurations make.
#include "http/tls_config.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <ctime>

#include "tests/http/handshake.h"

namespace serverpulse::http {
namespace {

using test::Client;
using test::Identity;
using test::make_identity;
using test::Outcome;
using test::shake_hands;

// The people of these tests; made once, never changed.
struct Cast {
  Identity authority = make_identity({.name = "authority", .authority = true});
  Identity server = make_identity({.name = "server"}, &authority);
  Identity friend_ = make_identity({.name = "friend",
                                    .sans = "DNS:prometheus.example,IP:192.0.2.1,IP:2001:db8::1,"
                                            "email:ops@example.org,URI:spiffe://example/scraper",
                                    .usage = "clientAuth"},
                                   &authority);
  Identity nameless = make_identity({.name = "nameless"}, &authority);
  Identity expired = make_identity({.name = "expired", .from = -7200, .to = -3600}, &authority);
  Identity server_only = make_identity({.name = "other server", .usage = "serverAuth"}, &authority);
  Identity stranger = make_identity({.name = "stranger", .sans = "DNS:prometheus.example"});
};
const Cast& cast() {
  static const Cast all;
  return all;
}

Result<TlsContext> make(const TlsConfig& config) {
  TlsMaterial material;
  material.certificate = cast().server.certificate_pem;
  material.key = cast().server.key_pem;
  if (!config.client_ca.empty()) material.client_ca = cast().authority.certificate_pem;
  return make_tls_context(config, material);
}

Outcome meet(const TlsConfig& config, const Client& client = {}) {
  const auto context = make(config);
  EXPECT_TRUE(context) << (context ? "" : context.error().message);
  return context ? shake_hands(context->get(), client) : Outcome{};
}

TlsConfig policy(ClientAuth auth, std::vector<std::string> names = {}) {
  TlsConfig config;
  config.client_auth = auth;
  config.client_ca = auth == ClientAuth::none ? "" : "the authority's";
  config.client_allowed_sans = std::move(names);
  return config;
}

TEST(TlsHandshake, ServesTls13ByDefault) {
  const auto out = meet({});
  EXPECT_TRUE(out.accepted) << out.why;
  EXPECT_EQ(out.version, "TLSv1.3");
  EXPECT_EQ(out.server_name, "server");
}

// Who is let in under which policy, and whose certificate counts as verified.
struct PolicyCase {
  const char* name;
  ClientAuth auth;
  bool nobody, trusted, untrusted, out_of_date, wrong_usage;
  bool verifies;
};

class ClientPolicy : public testing::TestWithParam<PolicyCase> {
 protected:
  Outcome as(const Identity* identity, int version = 0) {
    Client client;
    client.identity = identity;
    client.max_version = version;
    return meet(policy(GetParam().auth), client);
  }
};

TEST_P(ClientPolicy, WithoutACertificate) {
  EXPECT_EQ(as(nullptr).accepted, GetParam().nobody);
  EXPECT_EQ(as(nullptr, TLS1_2_VERSION).accepted, GetParam().nobody);
}

TEST_P(ClientPolicy, WithOneOfTheAuthority) {
  const auto out = as(&cast().friend_);
  EXPECT_EQ(out.accepted, GetParam().trusted) << out.why;
  EXPECT_EQ(out.verified, GetParam().verifies);
  EXPECT_EQ(as(&cast().friend_, TLS1_2_VERSION).accepted, GetParam().trusted);
}

TEST_P(ClientPolicy, WithAStrangersOwn) {
  const auto out = as(&cast().stranger);
  EXPECT_EQ(out.accepted, GetParam().untrusted);
  EXPECT_FALSE(out.verified);
  EXPECT_EQ(as(&cast().stranger, TLS1_2_VERSION).accepted, GetParam().untrusted);
}

TEST_P(ClientPolicy, WithAnExpiredOne) {
  EXPECT_EQ(as(&cast().expired).accepted, GetParam().out_of_date);
}

TEST_P(ClientPolicy, WithOneForServersOnly) {
  EXPECT_EQ(as(&cast().server_only).accepted, GetParam().wrong_usage);
}

INSTANTIATE_TEST_SUITE_P(
    Go, ClientPolicy,
    testing::Values(
        PolicyCase{"NoClientCert", ClientAuth::none, true, true, true, true, true, false},
        PolicyCase{"RequestClientCert", ClientAuth::request, true, true, true, true, true, false},
        PolicyCase{"RequireAnyClientCert", ClientAuth::require_any, false, true, true, true, true,
                   false},
        PolicyCase{"VerifyClientCertIfGiven", ClientAuth::verify_if_given, true, true, false, false,
                   false, true},
        PolicyCase{"RequireAndVerifyClientCert", ClientAuth::require_and_verify, false, true, false,
                   false, false, true}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(TlsHandshake, TheRefusedClientIsToldWhy) {
  Client client;
  EXPECT_EQ(meet(policy(ClientAuth::require_and_verify), client).alert,
            "tlsv13 alert certificate required");
  client.identity = &cast().stranger;
  EXPECT_EQ(meet(policy(ClientAuth::require_and_verify), client).alert, "tlsv1 alert unknown ca");
}

TEST(TlsHandshake, ClientsHearWhichAuthorityIsTrusted) {
  Client client;
  client.identity = &cast().friend_;
  EXPECT_EQ(meet(policy(ClientAuth::require_and_verify), client).client_authorities, 1);
}

TEST(TlsHandshake, WithoutAClientCaTheSystemsAreTrustedAndNotOurs) {
  auto config = policy(ClientAuth::require_and_verify);
  config.client_ca.clear();
  Client client;
  client.identity = &cast().friend_;
  EXPECT_FALSE(meet(config, client).accepted);
}

TEST(TlsHandshake, AClientCaMayBeTheClientsOwnCertificate) {
  auto config = policy(ClientAuth::require_and_verify);
  TlsMaterial material;
  material.certificate = cast().server.certificate_pem;
  material.key = cast().server.key_pem;
  material.client_ca = cast().friend_.certificate_pem;  // No root: Go takes it all the same.
  const auto context = make_tls_context(config, material);
  ASSERT_TRUE(context);
  Client client;
  client.identity = &cast().friend_;
  EXPECT_TRUE(shake_hands(context->get(), client).accepted);
  client.identity = &cast().nameless;
  EXPECT_FALSE(shake_hands(context->get(), client).accepted);
}

class AllowedName : public testing::TestWithParam<std::string> {};

TEST_P(AllowedName, LetsItsBearerIn) {
  Client client;
  client.identity = &cast().friend_;
  const auto out = meet(policy(ClientAuth::require_and_verify, {"no.one", GetParam()}), client);
  EXPECT_TRUE(out.accepted) << out.why;
}

TEST_P(AllowedName, KeepsOthersOut) {
  Client client;
  client.identity = &cast().nameless;
  const auto out = meet(policy(ClientAuth::require_and_verify, {GetParam()}), client);
  EXPECT_FALSE(out.accepted);
  EXPECT_EQ(out.alert, "sslv3 alert bad certificate");
}

INSTANTIATE_TEST_SUITE_P(Kinds, AllowedName,
                         testing::Values("prometheus.example", "192.0.2.1", "2001:db8::1",
                                         "2001:DB8:0::1", "ops@example.org",
                                         "spiffe://example/scraper"));

TEST(AllowedNames, AreComparedWhole) {
  Client client;
  client.identity = &cast().friend_;
  for (const char* name : {"prometheus", "prometheus.example.org", "*.example", "friend",
                           "Prometheus.example", "192.0.2.10"}) {
    EXPECT_FALSE(meet(policy(ClientAuth::require_and_verify, {name}), client).accepted) << name;
  }
}

TEST(AllowedNames, DoNotReplaceTheVerificationOfTheChain) {
  Client client;
  client.identity = &cast().stranger;
  EXPECT_FALSE(
      meet(policy(ClientAuth::require_and_verify, {"prometheus.example"}), client).accepted);
  EXPECT_FALSE(meet(policy(ClientAuth::verify_if_given, {"prometheus.example"}), client).accepted);
}

TEST(AllowedNames, RefuseAClientWithoutACertificate) {
  for (const auto auth :
       {ClientAuth::request, ClientAuth::require_any, ClientAuth::verify_if_given}) {
    EXPECT_FALSE(meet(policy(auth, {"prometheus.example"})).accepted);
  }
}

TEST(TlsVersions, TlsOlderThan12IsRefusedByDefault) {
  Client client;
  client.max_version = TLS1_1_VERSION;
  EXPECT_FALSE(meet({}, client).accepted);
  client.max_version = TLS1_2_VERSION;
  EXPECT_EQ(meet({}, client).version, "TLSv1.2");
}

TEST(TlsVersions, MinVersionIsEnforced) {
  TlsConfig config;
  config.min_version = TlsVersion::tls13;
  Client client;
  client.max_version = TLS1_2_VERSION;
  EXPECT_FALSE(meet(config, client).accepted);
}

TEST(TlsVersions, MaxVersionIsEnforced) {
  TlsConfig config;
  config.max_version = TlsVersion::tls12;
  EXPECT_EQ(meet(config).version, "TLSv1.2");
  Client client;
  client.min_version = TLS1_3_VERSION;
  EXPECT_FALSE(meet(config, client).accepted);
}

TEST(TlsVersions, OldOnesWorkWhenAllowed) {
  TlsConfig config;
  config.min_version = TlsVersion::tls10;
  Client client;
  client.max_version = TLS1_VERSION;
  const auto out = meet(config, client);
  EXPECT_TRUE(out.accepted) << out.why;
  EXPECT_EQ(out.version, "TLSv1");
}

TlsConfig with_ciphers(const std::vector<std::string_view>& names) {
  TlsConfig config;
  for (const auto name : names) config.cipher_suites.push_back(*find_cipher_suite(name));
  return config;
}

Client tls12(const std::string& ciphers) {
  Client client;
  client.max_version = TLS1_2_VERSION;
  client.ciphers = ciphers;
  return client;
}

TEST(TlsCiphers, OnlyThoseListedAreSpoken) {
  const auto config = with_ciphers({"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"});
  EXPECT_EQ(meet(config, tls12("ALL")).cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_FALSE(meet(config, tls12("ECDHE-ECDSA-AES256-GCM-SHA384")).accepted);
}

TEST(TlsCiphers, TheServersOrderWinsUnlessToldOtherwise) {
  auto config = with_ciphers(
      {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"});
  const auto client = tls12("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384");
  EXPECT_EQ(meet(config, client).cipher, "ECDHE-ECDSA-AES256-GCM-SHA384");
  config.prefer_server_cipher_suites = false;
  EXPECT_EQ(meet(config, client).cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
}

TEST(TlsCiphers, EachKnownNameMakesAContext) {
  for (const auto& suite : cipher_suites()) {
    const auto context = make(with_ciphers({suite.name}));
    EXPECT_TRUE(context) << suite.name;
  }
}

TEST(TlsCiphers, OnlySuitesOfTls13MeanTls13Only) {
  const auto config = with_ciphers({"TLS_AES_128_GCM_SHA256"});
  EXPECT_TRUE(meet(config).accepted);
  EXPECT_FALSE(meet(config, tls12("ALL")).accepted);
}

TEST(TlsCiphers, KeyExchangeWithoutForwardSecrecyIsNeverSpoken) {
  EXPECT_FALSE(meet({}, tls12("kRSA:kDHE:aNULL")).accepted);
}

TEST(TlsCurves, OnlyThoseListedAreSpoken) {
  for (const auto& curve : curves()) {
    TlsConfig config;
    config.curve_preferences.push_back(*find_curve(curve.name));
    const auto out = meet(config);
    EXPECT_TRUE(out.accepted) << curve.name << ": " << out.why;
  }
  TlsConfig config;
  config.curve_preferences.push_back(*find_curve("CurveP521"));
  EXPECT_EQ(meet(config).group, "secp521r1");
  Client client;
  client.groups = "P-384";
  EXPECT_FALSE(meet(config, client).accepted);
  EXPECT_TRUE(meet({}, client).accepted);
}

TEST(TlsAlpn, SpeaksHttp11ToAClientThatPrefersHttp2) {
  Client client;
  client.alpn = "\x02h2\x08http/1.1";
  EXPECT_EQ(meet({}, client).alpn, "http/1.1");
}

TEST(TlsAlpn, RefusesAClientThatSpeaksOnlyHttp2) {
  Client client;
  client.alpn = "\x02h2";
  const auto out = meet({}, client);
  EXPECT_FALSE(out.accepted);
  EXPECT_EQ(out.alert, "tlsv1 alert no application protocol");
}

TEST(TlsAlpn, ServesHttp10WithoutAName) {
  Client client;
  client.alpn = "\x08http/1.0";
  const auto out = meet({}, client);
  EXPECT_TRUE(out.accepted);
  EXPECT_EQ(out.alpn, "");
}

TEST(TlsSessions, AreResumedWhereNoClientIsVerified) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto context = make({});
    ASSERT_TRUE(context);
    Client client;
    client.max_version = version;
    const auto first = shake_hands(context->get(), client);
    client.session = first.session.get();
    EXPECT_TRUE(shake_hands(context->get(), client).resumed) << version;
  }
}

TEST(TlsSessions, AreNotResumedWhereClientsAreVerified) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto context = make(policy(ClientAuth::require_and_verify));
    ASSERT_TRUE(context);
    Client client;
    client.identity = &cast().friend_;
    client.max_version = version;
    const auto first = shake_hands(context->get(), client);
    client.session = first.session.get();
    const auto second = shake_hands(context->get(), client);
    EXPECT_TRUE(second.accepted) << second.why;
    EXPECT_FALSE(second.resumed) << version;
  }
}

TEST(TlsContexts, HaveNeitherCompressionNorRenegotiationAndGiveBuffersBack) {
  const auto context = make({});
  ASSERT_TRUE(context);
  const auto options = SSL_CTX_get_options(context->get());
  EXPECT_TRUE(options & SSL_OP_NO_COMPRESSION);
  EXPECT_TRUE(options & SSL_OP_NO_RENEGOTIATION);
  EXPECT_TRUE(SSL_CTX_get_mode(context->get()) & SSL_MODE_RELEASE_BUFFERS);
  EXPECT_EQ(SSL_CTX_get_session_cache_mode(context->get()), SSL_SESS_CACHE_OFF);
}

TEST(TlsContexts, AreMadeOfInlineTexts) {
  TlsConfig config;
  config.cert = cast().server.certificate_pem;
  config.key = cast().server.key_pem;
  const auto material = read_tls_material(config);
  ASSERT_TRUE(material);
  EXPECT_TRUE(make_tls_context(config, *material));
}

TEST(TlsContexts, SendTheWholeChain) {
  const auto middle = make_identity({.name = "middle", .authority = true}, &cast().authority);
  const auto leaf = make_identity({.name = "leaf"}, &middle);
  TlsMaterial material;
  material.certificate = leaf.certificate_pem + middle.certificate_pem;
  material.key = leaf.key_pem;
  const auto context = make_tls_context({}, material);
  ASSERT_TRUE(context);
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context->get(), &chain);
  EXPECT_EQ(sk_X509_num(chain), 1);
  EXPECT_EQ(shake_hands(context->get()).server_name, "leaf");
}

TEST(TlsWarnings, TellOfAnExpiredCertificate) {
  const auto context = make({});
  ASSERT_TRUE(context);
  const std::int64_t now = std::time(nullptr);
  EXPECT_EQ(tls_warnings({}, *context, now + 3 * 86400),
            std::vector<std::string>{"the certificate has expired"});
  EXPECT_EQ(tls_warnings({}, *context, now - 8 * 86400), std::vector<std::string>{});
  ASSERT_EQ(tls_warnings({}, *context, now).size(), 1U);
  EXPECT_EQ(tls_warnings({}, *context, now)[0].rfind("the certificate expires in 2", 0), 0U);
}

}  // namespace
}  // namespace serverpulse::http
