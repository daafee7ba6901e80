// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/number.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

#include "tests/metrics/decode.h"
#include "tests/metrics/random_families.h"

namespace serverpulse::metrics {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string value_text(double value) {
  std::string out;
  append_value(out, value);
  return out;
}

std::string bound_text(double bound) {
  std::string out;
  append_bound(out, bound);
  return out;
}

RC_GTEST_PROP(Value, ReadsBackBitForBit, ()) {
  const double value = *metrics_test::any_double();
  const auto read = parse_value(value_text(value));
  RC_ASSERT(read.has_value());
  if (std::isnan(value)) {
    RC_ASSERT(std::isnan(*read));
  } else {
    RC_ASSERT(std::bit_cast<std::uint64_t>(*read) == std::bit_cast<std::uint64_t>(value));
  }
}

RC_GTEST_PROP(Value, IsNoLongerThanSeventeenDigitsMakeIt, ()) {
  const double value = *metrics_test::any_double();
  RC_PRE(std::isfinite(value));
  char longest[40];
  std::snprintf(longest, sizeof longest, "%.17g", value);
  RC_ASSERT(value_text(value).size() <= std::string(longest).size());
}

RC_GTEST_PROP(Value, OfTwoThreeOrSixDecimalsIsSpeltInThem, ()) {
  const auto [places, unit] =
      *rc::gen::element(std::pair{2, 1e2}, std::pair{3, 1e3}, std::pair{6, 1e6});
  const auto digits = *rc::gen::inRange<std::int64_t>(-100'000'000'000'000, 100'000'000'000'000);
  char spelt[40];
  std::snprintf(spelt, sizeof spelt, "%.*f", places, static_cast<double>(digits) / unit);
  std::string wanted = spelt;
  wanted.erase(wanted.find_last_not_of('0') + 1);
  if (wanted.back() == '.') wanted.pop_back();
  const auto text = value_text(static_cast<double>(digits) / unit);
  RC_PRE(text.find('e') == std::string::npos);
  RC_ASSERT(text == wanted);
}

TEST(Value, SpellsTheSpecialOnesAsPrometheusReadsThem) {
  EXPECT_EQ(value_text(std::nan("")), "NaN");
  EXPECT_EQ(value_text(kInfinity), "+Inf");
  EXPECT_EQ(value_text(-kInfinity), "-Inf");
  EXPECT_EQ(value_text(-0.0), "-0");
  EXPECT_EQ(value_text(5e-324), "5e-324");
  EXPECT_EQ(value_text(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(value_text(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(value_text(-42), "-42");
}

TEST(ParseValue, TakesWhatGoTakesInDecimal) {
  EXPECT_EQ(parse_value("+1"), 1);
  EXPECT_EQ(parse_value(".5"), 0.5);
  EXPECT_EQ(parse_value("5."), 5);
  EXPECT_EQ(parse_value("1e-400"), 0);
  EXPECT_EQ(parse_value("-inFinity"), -kInfinity);
  EXPECT_TRUE(std::isnan(parse_value("nAn").value_or(0)));
}

TEST(ParseValue, RefusesTheRest) {
  for (const auto* const text : {"", "+", "-", ".", "e5", "1e", "1e400", "0x1p2", "1_0", "+nan",
                                 "--1", "+-1", "1 ", " 1", "1,5", "nan(1)", "infin"}) {
    EXPECT_EQ(parse_value(text), std::nullopt) << text;
  }
}

struct BoundCase {
  double bound;
  const char* text;
};

// Made with Go: strconv.AppendFloat(…, 'g', -1, 64), then ".0" where there is neither e nor dot,
// which is what Prometheus does to the bounds of a protobuf exposition.
constexpr BoundCase kBounds[] = {
    BoundCase{1, "1.0"},
    BoundCase{0, "0.0"},
    BoundCase{-1, "-1.0"},
    BoundCase{0.005, "0.005"},
    BoundCase{0.1, "0.1"},
    BoundCase{2.5, "2.5"},
    BoundCase{10, "10.0"},
    BoundCase{100, "100.0"},
    BoundCase{12345, "12345.0"},
    BoundCase{123456, "123456.0"},
    BoundCase{999999, "999999.0"},
    BoundCase{1e+06, "1e+06"},
    BoundCase{1.000001e+06, "1.000001e+06"},
    BoundCase{1.2345675e+06, "1.2345675e+06"},
    BoundCase{123456.75, "123456.75"},
    BoundCase{0.0001, "0.0001"},
    BoundCase{1e-05, "1e-05"},
    BoundCase{0.00012, "0.00012"},
    BoundCase{9.9e-05, "9.9e-05"},
    BoundCase{1e+21, "1e+21"},
    BoundCase{1e+22, "1e+22"},
    BoundCase{1e+100, "1e+100"},
    BoundCase{5e-324, "5e-324"},
    BoundCase{1.7976931348623157e+308, "1.7976931348623157e+308"},
    BoundCase{0.30000000000000004, "0.30000000000000004"},
    BoundCase{9.007199254740992e+15, "9.007199254740992e+15"},
    BoundCase{-2.5, "-2.5"},
    BoundCase{-1e+06, "-1e+06"},
    BoundCase{1.048576e+06, "1.048576e+06"},
    BoundCase{4.294967296e+09, "4.294967296e+09"},
    BoundCase{0.99, "0.99"},
    BoundCase{0.999, "0.999"},
};

TEST(Bound, IsSpeltAsPrometheusSpellsTheBoundsOfProtobuf) {
  for (const auto& [bound, text] : kBounds) {
    EXPECT_EQ(bound_text(bound), text);
    EXPECT_EQ(metrics_test::spelt_by_prometheus(bound), text);
  }
  EXPECT_EQ(bound_text(kInfinity), "+Inf");
  EXPECT_EQ(bound_text(-kInfinity), "-Inf");
  EXPECT_EQ(bound_text(std::nan("")), "NaN");
}

RC_GTEST_PROP(Bound, IsSpeltAsTheReferenceSpellsIt, ()) {
  const double bound = *metrics_test::any_double();
  RC_PRE(bound != 0);
  RC_ASSERT(bound_text(bound) == metrics_test::spelt_by_prometheus(bound));
}

TEST(Bound, NegativeZeroIsZero) {
  EXPECT_EQ(bound_text(-0.0), "0.0");
}

}  // namespace
}  // namespace serverpulse::metrics
