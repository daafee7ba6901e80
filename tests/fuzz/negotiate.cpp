// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Any bytes as Accept and as Accept-Encoding: always an answer, without line ends in it.
#include "metrics/negotiate.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serverpulse::metrics;
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  const auto answer = negotiate(header);
  if (answer.content_type.find_first_of("\r\n") != std::string::npos) std::abort();
  if (coding_name(negotiate_coding(header)).empty()) std::abort();
  return 0;
}
