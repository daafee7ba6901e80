// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Both headers are lists of a name with parameters, `name;key=value;q=0.5, …`, where a value may be
// quoted and then contain any separator. One cursor walks them; nothing is allocated until the
// answer is put together.
#include "metrics/negotiate.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/fields.h"

namespace serverpulse::metrics {
namespace {

constexpr std::size_t kLongest = 4096;

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// Cuts what precedes the next `separator` that is not in quotes off the front of `rest`.
std::string_view cut(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    if (quoted && rest[at] == '\\') {
      ++at;
    } else if (rest[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && rest[at] == separator) {
      break;
    }
  }
  at = std::min(at, rest.size());
  const auto piece = trim(rest.substr(0, at));
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return piece;
}

// A quality in thousandths: 0, 1, or a decimal of at most three places between them.
std::optional<int> parse_quality(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1') || text.size() > 5) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int thousandths = (text[0] - '0') * 1000;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    thousandths += (c - '0') * unit;
    unit /= 10;
  }
  if (thousandths > 1000) return std::nullopt;
  return thousandths;
}

// One entry of a list, taken apart.
struct Clause {
  std::string_view name;
  int quality = 1000;
  std::string_view version;
  std::string_view escaping;
  std::string_view proto;
  std::string_view encoding;
};

std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    return value.substr(1, value.size() - 2);
  }
  return value;
}

// nullopt: malformed, as if it had not been sent.
std::optional<Clause> parse_clause(std::string_view text) {
  Clause clause;
  clause.name = cut(text, ';');
  if (clause.name.empty()) return std::nullopt;
  while (!text.empty()) {
    auto value = cut(text, ';');
    const auto key = cut(value, '=');
    value = unquoted(trim(value));
    if (same(key, "q")) {
      const auto quality = parse_quality(value);
      if (!quality) return std::nullopt;
      clause.quality = *quality;
    } else if (same(key, "version")) {
      clause.version = value;
    } else if (same(key, "escaping")) {
      clause.escaping = value;
    } else if (same(key, "proto")) {
      clause.proto = value;
    } else if (same(key, "encoding")) {
      clause.encoding = value;
    }
  }
  return clause;
}

// What we can answer a media range with.
struct Offer {
  Format format;
  int exactness;  // 2: the type itself, 1: text/*, 0: */*
  std::string_view content_type;
};

constexpr std::string_view kText = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kOpenMetrics =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";
constexpr std::string_view kOpenMetricsDraft =
    "application/openmetrics-text; version=0.0.1; charset=utf-8";
constexpr std::string_view kProtobuf =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

std::optional<Offer> offer(const Clause& range) {
  if (range.name == "*/*") return Offer{Format::text, 0, kText};
  if (same(range.name, "text/*")) return Offer{Format::text, 1, kText};
  if (same(range.name, "text/plain")) {
    if (!range.version.empty() && range.version != "0.0.4") return std::nullopt;
    return Offer{Format::text, 2, kText};
  }
  if (same(range.name, "application/openmetrics-text")) {
    if (range.version == "0.0.1") return Offer{Format::openmetrics, 2, kOpenMetricsDraft};
    if (!range.version.empty() && range.version != "1.0.0") return std::nullopt;
    return Offer{Format::openmetrics, 2, kOpenMetrics};
  }
  if (same(range.name, "application/vnd.google.protobuf") &&
      range.proto == "io.prometheus.client.MetricFamily" && same(range.encoding, "delimited")) {
    return Offer{Format::protobuf, 2, kProtobuf};
  }
  return std::nullopt;
}

bool known_escaping(std::string_view scheme) {
  constexpr std::array<std::string_view, 4> kSchemes{"allow-utf-8", "underscores", "dots",
                                                     "values"};
  return std::find(kSchemes.begin(), kSchemes.end(), scheme) != kSchemes.end();
}

}  // namespace

Negotiated negotiate(std::string_view accept) {
  Offer best{Format::text, -1, kText};
  int quality = 0;
  std::string_view escaping;
  if (accept.size() > kLongest) accept = {};
  while (!accept.empty()) {
    const auto range = parse_clause(cut(accept, ','));
    if (!range || range->quality == 0) continue;
    const auto candidate = offer(*range);
    if (!candidate) continue;
    if (range->quality < quality) continue;
    if (range->quality == quality && candidate->exactness <= best.exactness) continue;
    best = *candidate;
    quality = range->quality;
    escaping = known_escaping(range->escaping) ? range->escaping : std::string_view();
  }
  Negotiated result{best.format, std::string(best.content_type)};
  if (!escaping.empty()) result.content_type.append("; escaping=").append(escaping);
  return result;
}

Coding negotiate_coding(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> zstd;
  std::optional<int> identity;
  std::optional<int> others;
  if (accept_encoding.size() > kLongest) return Coding::identity;
  while (!accept_encoding.empty()) {
    const auto clause = parse_clause(cut(accept_encoding, ','));
    if (!clause) continue;
    if (same(clause->name, "gzip") || same(clause->name, "x-gzip")) gzip = clause->quality;
    if (same(clause->name, "zstd")) zstd = clause->quality;
    if (same(clause->name, "identity")) identity = clause->quality;
    if (clause->name == "*") others = clause->quality;
  }
  const int for_gzip = gzip.value_or(others.value_or(0));
  const int for_zstd = zstd.value_or(0);
  const int for_identity = identity.value_or(0);
  if (for_zstd > 0 && for_zstd >= for_gzip && for_zstd >= for_identity) return Coding::zstd;
  if (for_gzip > 0 && for_gzip >= for_identity) return Coding::gzip;
  return Coding::identity;
}

std::string_view coding_name(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return "gzip";
    case Coding::zstd:
      return "zstd";
    case Coding::identity:
      break;
  }
  return "identity";
}

}  // namespace serverpulse::metrics
