// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Content negotiation: which format and which compression a scraper gets (RFC 9110, 12.5.1 and
// 12.5.3). There is no 406: whatever cannot be understood or served is answered in text, plain, as
// every Prometheus client library does; a scrape in the wrong format beats none.
// Prometheus 2 asks
//   application/openmetrics-text;version=1.0.0,…;version=0.0.1;q=0.75,text/plain;version=0.0.4;…
// and Prometheus 3 adds escaping=allow-utf-8, which names need (ours never do) and which the
// answer repeats.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "metrics/encoder.h"

namespace serverpulse::metrics {

struct Negotiated {
  Format format = Format::text;
  std::string content_type;  ///< What the answer says, parameters included.
};

/// By the value of `Accept` (empty: none was sent). Among the ranges that name something we have
/// the highest q wins, then the more exact range, then the earlier one. `*/*` and `text/*` mean
/// text.
[[nodiscard]] Negotiated negotiate(std::string_view accept);

enum class Coding : std::uint8_t { identity, gzip, zstd };

/// By the value of `Accept-Encoding`. The highest q wins; q=0 forbids; `*` stands for what is not
/// named, but never for zstd, which old proxies claim without knowing. Of equals zstd is preferred,
/// which costs half of gzip's CPU for the same size (docs/decisions/0001-streaming-sink.md).
[[nodiscard]] Coding negotiate_coding(std::string_view accept_encoding);

/// As Content-Encoding spells it.
[[nodiscard]] std::string_view coding_name(Coding coding);

}  // namespace serverpulse::metrics
