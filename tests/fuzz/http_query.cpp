// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Any bytes as a query, the key being its first line, and as the value of an Authorization header:
// what is decoded is never longer than what was sent, and a user's name never has a colon.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/credentials.h"
#include "http/http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serverpulse::http;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto line_end = all.find('\n');
  const auto query = line_end == std::string_view::npos ? all : all.substr(line_end + 1);
  for (const auto key : {all.substr(0, line_end), std::string_view("collect[]")}) {
    std::size_t decoded = 0;
    for (const auto& value : query_values(query, key)) decoded += value.size();
    if (decoded > query.size()) std::abort();
  }
  for (const auto header : {all, query}) {
    const auto credentials = parse_basic(header);
    if (!credentials) continue;
    if (credentials->user.find(':') != std::string::npos) std::abort();
    if (credentials->user.size() + credentials->password.size() + 1 > header.size()) std::abort();
  }
  return 0;
}
