// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/encoder.h"

#include <functional>

#include "metrics/openmetrics.h"
#include "metrics/protobuf.h"
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
  switch (format) {
    case Format::openmetrics:
      return std::make_unique<OpenMetricsEncoder>(options);
    case Format::protobuf:
      return std::make_unique<ProtobufEncoder>();
    case Format::text:
      break;
  }
  return std::make_unique<TextEncoder>();
}

}  // namespace serverpulse::metrics
