// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/web_config.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>

#include "base/fields.h"
#include "config/yaml.h"
#include "http/bcrypt.h"

namespace serverpulse::http {
namespace {

using config::Map;
using config::Node;

// Upstream a key with nothing after it counts as one that is not there.
std::optional<Node> given(Map& map, std::string_view key) {
  auto node = map.child(key);
  if (node && node->is_null()) return std::nullopt;
  return node;
}

template <class T, class Read>
void read(Map& map, std::string_view key, T& out, Read&& as) {
  const auto node = given(map, key);
  if (!node) return;
  auto value = as(*node);
  if (value) {
    out = std::move(*value);
  } else {
    map.add(fail(value));
  }
}

// A path, from the folder of the file on; empty stays empty.
Result<std::string> read_path(const Node& node) {
  auto text = node.text();
  if (!text || text->empty()) return text;
  if (text->find('\0') != std::string::npos) return node.wrong("want a path, found a NUL in it");
  const std::filesystem::path path(*text);
  if (path.is_absolute()) return text;
  return (std::filesystem::path(node.file()).parent_path() / path).string();
}

Result<ClientAuth> read_client_auth(const Node& node) {
  const auto text = node.text();
  if (!text) return fail(text);
  if (text->empty() || *text == "NoClientCert") return ClientAuth::none;
  if (*text == "RequestClientCert") return ClientAuth::request;
  if (*text == "RequireAnyClientCert" || *text == "RequireClientCert") {
    return ClientAuth::require_any;
  }
  if (*text == "VerifyClientCertIfGiven") return ClientAuth::verify_if_given;
  if (*text == "RequireAndVerifyClientCert") return ClientAuth::require_and_verify;
  return node.wrong(
      "want one of NoClientCert, RequestClientCert, RequireAnyClientCert, "
      "VerifyClientCertIfGiven, RequireAndVerifyClientCert, found " +
      node.found());
}

// `find` applied to a name; its error gets the node's place.
template <class Find>
auto read_name(const Node& node, Find&& find) -> decltype(find(std::string_view())) {
  const auto text = node.text();
  if (!text) return fail(text);
  auto found = find(*text);
  if (!found) return node.wrong(found.error().message);
  return found;
}

template <class T, class Find>
Result<std::vector<T>> read_names(const Node& node, Find&& find) {
  const auto nodes = node.list();
  if (!nodes) return fail(nodes);
  std::vector<T> out;
  for (const auto& item : *nodes) {
    const auto found = read_name(item, find);
    if (!found) return fail(found);
    if (std::find(out.begin(), out.end(), *found) == out.end()) out.push_back(*found);
  }
  return out;
}

Result<std::vector<std::string>> read_sans(const Node& node) {
  const auto nodes = node.list();
  if (!nodes) return fail(nodes);
  std::vector<std::string> out;
  for (const auto& item : *nodes) {
    auto text = item.text();
    if (!text) return fail(text);
    if (text->empty()) return item.wrong("want a name, found \"\"");
    out.push_back(std::move(*text));
  }
  if (out.empty()) return node.wrong("want at least one name, found none");
  return out;
}

void check_tls(Map& map, const TlsConfig& tls) {
  if (tls.cert.empty() && tls.cert_file.empty()) {
    map.wrong("cert_file", "want one of cert and cert_file, found neither");
  }
  if (tls.key.empty() && tls.key_file.empty()) {
    map.wrong("key_file", "want one of key and key_file, found neither");
  }
  if (tls.min_version > tls.max_version) {
    map.wrong("min_version", "want none above max_version (TLS13 unless set)");
  }
  if (tls.client_auth != ClientAuth::none) return;
  constexpr std::string_view kWanted = "want a client_auth_type with it that asks for certificates";
  if (!tls.client_ca.empty() || !tls.client_ca_file.empty()) {
    map.wrong(tls.client_ca.empty() ? "client_ca_file" : "client_ca", kWanted);
  }
  if (!tls.client_allowed_sans.empty()) map.wrong("client_allowed_sans", kWanted);
}

Status read_tls(const Node& node, std::optional<TlsConfig>& out) {
  Map map(node);
  TlsConfig tls;
  const auto text = [](const Node& value) { return value.text(); };
  read(map, "cert", tls.cert, text);
  read(map, "key", tls.key, text);
  read(map, "client_ca", tls.client_ca, text);
  read(map, "cert_file", tls.cert_file, read_path);
  read(map, "key_file", tls.key_file, read_path);
  read(map, "client_ca_file", tls.client_ca_file, read_path);
  read(map, "client_auth_type", tls.client_auth, read_client_auth);
  read(map, "client_allowed_sans", tls.client_allowed_sans, read_sans);
  const auto version = [](const Node& value) { return read_name(value, find_tls_version); };
  read(map, "min_version", tls.min_version, version);
  read(map, "max_version", tls.max_version, version);
  read(map, "cipher_suites", tls.cipher_suites,
       [](const Node& value) { return read_names<const CipherSuite*>(value, find_cipher_suite); });
  read(map, "prefer_server_cipher_suites", tls.prefer_server_cipher_suites,
       [](const Node& value) { return value.boolean(); });
  read(map, "curve_preferences", tls.curve_preferences,
       [](const Node& value) { return read_names<const Curve*>(value, find_curve); });
  const auto policy = given(map, "client_auth_type");
  const bool enabled = !tls.cert.empty() || !tls.key.empty() || !tls.client_ca.empty() ||
                       !tls.cert_file.empty() || !tls.key_file.empty() ||
                       !tls.client_ca_file.empty() || (policy && policy->found() != "\"\"");
  if (enabled) check_tls(map, tls);
  if (enabled) out = std::move(tls);
  return map.finish();
}

struct AllowedHeader {
  std::string_view name;
  std::array<std::string_view, 2> values;  // Empty: any.
};
constexpr std::array kHeaders{
    AllowedHeader{"Content-Security-Policy", {}},
    AllowedHeader{"Strict-Transport-Security", {}},
    AllowedHeader{"X-Content-Type-Options", {"nosniff"}},
    AllowedHeader{"X-Frame-Options", {"deny", "sameorigin"}},
    AllowedHeader{"X-XSS-Protection", {}},
};

Status check_header(const Node& node, const AllowedHeader& header, std::string_view value) {
  const auto& values = header.values;
  if (!values.front().empty() && std::find(values.begin(), values.end(), value) == values.end()) {
    std::string wanted = "want " + std::string(values[0]);
    if (!values[1].empty()) wanted += " or " + std::string(values[1]);
    return node.wrong(wanted + ", found " + node.found());
  }
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), control)) {
    return node.wrong("want no control characters, found " + node.found());
  }
  return {};
}

Status read_http(const Node& node, WebConfig& out) {
  Map map(node);
  read(map, "http2", out.http2, [](const Node& value) { return value.boolean(); });
  const auto headers = map.child("headers");
  if (!headers) return map.finish();
  Map known(*headers);
  for (const auto& header : kHeaders) {
    const auto value = given(known, header.name);
    if (!value) continue;
    auto text = value->text();
    if (!text) {
      known.add(fail(text));
    } else if (auto checked = check_header(*value, header, *text); !checked) {
      known.add(checked);
    } else if (!text->empty()) {
      out.headers.emplace_back(header.name, std::move(*text));
    }
  }
  map.add(known.finish());
  return map.finish();
}

// Never quotes what stands there: it may be a password.
Status read_users(const Node& node, WebConfig& out) {
  if (node.type() != Node::Type::map && !node.is_null()) {
    return node.wrong("want a map of user names to bcrypt hashes");
  }
  const auto entries = node.entries();
  if (!entries) return fail(entries);
  std::vector<std::string> errors;
  for (const auto& [name, line, value] : *entries) {
    static_cast<void>(line);
    auto hash = value.text();  // Its error quotes nothing: what is no text is named by its kind.
    const auto cost = hash ? bcrypt_cost(*hash) : Result<unsigned>(fail(hash));
    if (!hash) {
      errors.push_back(hash.error().message);
    } else if (!cost) {
      errors.push_back(value.wrong(cost.error().message).value().message);
    } else if (name.find(':') != std::string::npos) {
      errors.push_back(value.wrong("want a user name without a colon").value().message);
    } else {
      out.users.emplace(name, std::move(*hash));
    }
  }
  if (!errors.empty()) return config::fail_all(errors);
  return {};
}

Status read_rate_limit(const Node& node, RateLimit& out) {
  Map map(node);
  read(map, "interval", out.interval, [](const Node& value) { return value.duration(); });
  read(map, "burst", out.burst,
       [](const Node& value) { return value.integer(0, std::int64_t{1} << 31U); });
  return map.finish();
}

// Go refuses to serve HTTP/2 without a suite that RFC 7540 demands; who gets that error there gets
// it here, though there is no HTTP/2.
void check_http2(Map& root, const WebConfig& web) {
  if (!web.tls || web.tls->cipher_suites.empty() || !web.http2.value_or(true)) return;
  if (web.tls->min_version == TlsVersion::tls13) return;
  for (const auto* suite : web.tls->cipher_suites) {
    if (suite->name == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" ||
        suite->name == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256") {
      return;
    }
  }
  root.wrong("tls_server_config",
             "cipher_suites: want TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or "
             "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 among them, or http_server_config.http2: "
             "false");
}

}  // namespace

Result<WebConfig> parse_web_config(std::string_view text, const std::string& file) {
  const auto document = config::Document::parse(text, file);
  if (!document) return fail(document);
  const auto root = document->root();
  if (root.type() == Node::Type::scalar) {
    return root.wrong(
        "want a map of tls_server_config, http_server_config, basic_auth_users and "
        "rate_limit, found text");
  }
  WebConfig web;
  Map map(root);
  if (const auto node = map.child("tls_server_config")) map.add(read_tls(*node, web.tls));
  if (const auto node = map.child("http_server_config")) map.add(read_http(*node, web));
  if (const auto node = map.child("basic_auth_users")) map.add(read_users(*node, web));
  if (const auto node = map.child("rate_limit")) map.add(read_rate_limit(*node, web.rate_limit));
  check_http2(map, web);
  if (auto done = map.finish(); !done) return fail(done);
  return web;
}

}  // namespace serverpulse::http
