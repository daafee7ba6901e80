// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Any bytes as a web configuration file: parsed or refused, and what is accepted keeps what
// web_config.h promises. Opens no file.
#include "http/web_config.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/bcrypt.h"
#include "http/credentials.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serverpulse::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parse_basic(text));
  const auto config = parse_web_config(text, "/etc/web.yml");
  if (!config) {
    require(!config.error().message.empty());
    return 0;
  }
  for (const auto& [name, hash] : config->users) {
    require(bcrypt_cost(hash).has_value() && name.find(':') == std::string::npos);
  }
  for (const auto& [name, value] : config->headers) {
    require(value.find_first_of("\r\n") == std::string::npos && !name.empty());
  }
  require(config->rate_limit.interval.count() >= 0 && config->rate_limit.burst >= 0);
  if (!config->tls) return 0;
  const auto& tls = *config->tls;
  require(!tls.cert.empty() || !tls.cert_file.empty());
  require(!tls.key.empty() || !tls.key_file.empty());
  require(tls.min_version <= tls.max_version);
  const bool asks = tls.client_auth != ClientAuth::none;
  require(asks || (tls.client_ca.empty() && tls.client_ca_file.empty()));
  require(asks || tls.client_allowed_sans.empty());
  return 0;
}
