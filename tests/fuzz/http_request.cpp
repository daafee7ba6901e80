// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The first byte says how many of the next say where to cut; the rest goes through the request
// parser as a connection would feed it, whole and in pieces. Both must come to the same end, and
// neither may consume what it was not given (RFC 9112).
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "tests/http/fed_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using serverpulse::http::testing::feed;
  constexpr std::size_t kMost = 8 * 1024;  // below the limits that depend on what is shown
  if (size == 0 || size > kMost) return 0;
  const std::size_t count = std::min<std::size_t>(data[0] % 8, size - 1);
  const std::vector<std::uint8_t> cuts(data + 1, data + 1 + count);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1 + count, size - 1 - count);
  if (!(feed(bytes, {}) == feed(bytes, cuts.empty() ? std::vector<std::uint8_t>{0} : cuts))) {
    std::abort();
  }
  return 0;
}
