// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Decoders of the three formats into one form, so that what they say can be compared. They are
// independent of the library's encoders and parsers: the text formats are read line by line in the
// spelling they have (a bound stays "1.0"), protobuf by Protobuf's own code, bounds then spelt as
// Prometheus spells them when it makes series of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace serverpulse::metrics_test {

using Labels = std::map<std::string, std::string>;

struct Exemplar {
  Labels labels;
  double value = 0;
  double timestamp_seconds = 0;
};

/// One line of the text formats: of a histogram each bucket, the sum and the count.
struct Series {
  std::string name;
  Labels labels;  ///< With `le` or `quantile`.
  double value = 0;
  std::int64_t timestamp_ms = 0;
  std::optional<Exemplar> exemplar;

  /// name{a="b",le="1.0"}
  [[nodiscard]] std::string identity() const;
};

struct Declared {
  std::string type;
  std::string help;
  std::string unit;
};

struct Exposition {
  std::map<std::string, Declared> families;  ///< By the name in HELP and TYPE.
  std::vector<Series> series;                ///< In order, without _created lines.
  Labels created;                            ///< _created lines of OpenMetrics: identity to value.
};

[[nodiscard]] Result<Exposition> decode_text(std::string_view bytes);
/// `bytes` with the encoder's trailer.
[[nodiscard]] Result<Exposition> decode_openmetrics(std::string_view bytes);
[[nodiscard]] Result<Exposition> decode_protobuf(std::string_view bytes);

/// A bound as Prometheus' formatOpenMetricsFloat spells it, by way of printf.
[[nodiscard]] std::string spelt_by_prometheus(double bound);

}  // namespace serverpulse::metrics_test
