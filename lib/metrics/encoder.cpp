// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/encoder.h"

#include <functional>

#include "metrics/text.h"

namespace serverpulse::metrics {

void Encoder::begin(const Family& family) {
  marks_.push_back(Mark{std::hash<std::string_view>{}(family.name), out_.size(), out_.size(), 0});
  begin_family(family);
}

void Encoder::end() {
  end_family();
  marks_.back().end = out_.size();
}

std::unique_ptr<Encoder> make_encoder(Format format, EncoderOptions options) {
  static_cast<void>(format);
  static_cast<void>(options);
  return std::make_unique<TextEncoder>();
}

}  // namespace serverpulse::metrics
