// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace serverpulse::metrics {
namespace {

bool append_special(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    return false;
  }
  return true;
}

// Kernels count in hundredths (ticks), thousandths and millionths of a second: most values that are
// not whole have two, three or six decimals. If n = round(value * 10^k) has at most 15 digits and
// n / 10^k is the value, then n with its point in place reads back as the value (that division is
// correctly rounded) and, its zeros cut, is the shortest that does: no two decimals of up to 15
// digits are the same double. Three times faster than the general way. nullptr: not such a value.
char* put_decimals(char* to, double value) {
  const double magnitude = std::abs(value);
  int places = 2;
  double scaled = std::nearbyint(magnitude * 1e2);
  if (scaled / 1e2 != magnitude) {
    places = 6;
    scaled = std::nearbyint(magnitude * 1e6);
    if (scaled / 1e6 != magnitude) return nullptr;
  }
  if (scaled == 0 || scaled >= 1e15) return nullptr;
  auto digits = static_cast<std::uint64_t>(scaled);
  while (digits % 10 == 0) {
    digits /= 10;
    --places;
  }
  if (std::signbit(value)) *to++ = '-';
  const auto unit = static_cast<std::uint64_t>(places == 1   ? 10
                                               : places == 2 ? 100
                                               : places == 3 ? 1000
                                               : places == 4 ? 10'000
                                               : places == 5 ? 100'000
                                                             : 1'000'000);
  to = std::to_chars(to, to + 20, digits / unit).ptr;
  *to++ = '.';
  auto rest = digits % unit;
  for (int i = places - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  return to + places;
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

void append_value(std::string& out, double value) {
  std::array<char, 32> text;
  char* const begin = text.data();
  char* const end = begin + text.size();
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (value > -kExact && value < kExact) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value && !(whole == 0 && std::signbit(value))) {
      out.append(begin, std::to_chars(begin, end, whole).ptr);
      return;
    }
    if (char* const done = put_decimals(begin, value); done != nullptr) {
      out.append(begin, done);
      return;
    }
  }
  if (append_special(out, value)) return;
  out.append(begin, std::to_chars(begin, end, value).ptr);
}

void append_bound(std::string& out, double bound) {
  if (append_special(out, bound)) return;
  if (bound == 0) bound = 0;  // without a sign, as Prometheus has it
  std::array<char, 32> text;
  // Shortest digits as d.ddde±xx; Go's strconv.FormatFloat(x, 'g', -1, 64) keeps the exponent's
  // form below 1e-4 and from 1e+06.
  auto done =
      std::to_chars(text.data(), text.data() + text.size(), bound, std::chars_format::scientific);
  const std::string_view scientific(text.data(), static_cast<std::size_t>(done.ptr - text.data()));
  const auto e = scientific.find('e');
  int exponent = 0;
  const auto digits = scientific.substr(e + (scientific[e + 1] == '+' ? 2 : 1));
  std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (exponent < -4 || exponent >= 6) {
    out += scientific;
    return;
  }
  done = std::to_chars(text.data(), text.data() + text.size(), bound, std::chars_format::fixed);
  const std::string_view fixed(text.data(), static_cast<std::size_t>(done.ptr - text.data()));
  out += fixed;
  if (fixed.find('.') == std::string_view::npos) out += ".0";
}

std::optional<double> parse_value(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = text;
  if (negative || text.starts_with('+')) digits.remove_prefix(1);
  if (equal_ignoring_case(digits, "inf") || equal_ignoring_case(digits, "infinity")) {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  if (equal_ignoring_case(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  if (digits.starts_with('+') || digits.starts_with('-')) return std::nullopt;
  double value = 0;
  const char* const end = digits.data() + digits.size();
  const auto done = std::from_chars(digits.data(), end, value);
  if (done.ptr != end || done.ec == std::errc::invalid_argument) return std::nullopt;
  if (done.ec == std::errc::result_out_of_range) {
    // from_chars does not say on which side; strtod does.
    value = std::strtod(std::string(digits).c_str(), nullptr);
    if (std::isinf(value)) return std::nullopt;
  }
  return negative ? -value : value;
}

}  // namespace serverpulse::metrics
