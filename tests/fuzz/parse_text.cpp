// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Any bytes as a text exposition: either refused or emitted, in every format.
#include "metrics/parse_text.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "metrics/encoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serverpulse::metrics;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto families = parse_text(text, ParseLimits{std::size_t{1} << 16, 1000});
  if (!families) return 0;
  for (const auto format : {Format::text, Format::openmetrics, Format::protobuf}) {
    const auto encoder = make_encoder(format);
    for (const auto& family : *families) emit(family, *encoder);
  }
  return 0;
}
