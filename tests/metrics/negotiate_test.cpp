// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/negotiate.h"

#include <gtest/gtest.h>

#include <string>

namespace serverpulse::metrics {
namespace {

constexpr const char* kText = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kOpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
constexpr const char* kProtobuf =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

struct AcceptCase {
  const char* name;
  std::string accept;
  Format format;
  std::string content_type;
};

class Accept : public testing::TestWithParam<AcceptCase> {};

TEST_P(Accept, IsAnsweredWith) {
  const auto answer = negotiate(GetParam().accept);
  EXPECT_EQ(answer.format, GetParam().format);
  EXPECT_EQ(answer.content_type, GetParam().content_type);
}

std::string protobuf_range(const std::string& q) {
  return "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
         "encoding=delimited" +
         q;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Accept,
    testing::Values(
        AcceptCase{"Prometheus242",
                   "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                   "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                   Format::openmetrics, kOpenMetrics},
        AcceptCase{"Prometheus242WithNativeHistograms",
                   protobuf_range("") +
                       ",application/openmetrics-text;version=1.0.0;q=0.8,application/"
                       "openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,"
                       "*/*;q=0.1",
                   Format::protobuf, kProtobuf},
        AcceptCase{"Prometheus3",
                   "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                   "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
                   "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                   Format::openmetrics, std::string(kOpenMetrics) + "; escaping=allow-utf-8"},
        AcceptCase{"Prometheus3Protobuf",
                   protobuf_range(";escaping=underscores;q=0.6") +
                       ",application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5",
                   Format::protobuf, std::string(kProtobuf) + "; escaping=underscores"},
        AcceptCase{"Prometheus3TextFirst",
                   "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;"
                   "q=0.5,*/*;q=0.2",
                   Format::text, kText},
        AcceptCase{"None", "", Format::text, kText}, AcceptCase{"Curl", "*/*", Format::text, kText},
        AcceptCase{"Browser",
                   "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
                   Format::text, kText},
        AcceptCase{"TextWildcard", "text/*;q=0.9, application/openmetrics-text;q=0.5", Format::text,
                   kText},
        AcceptCase{"EqualQualitiesTakeTheExactRange", "*/*, application/openmetrics-text",
                   Format::openmetrics, kOpenMetrics},
        AcceptCase{"EqualRangesTakeTheFirst", "text/plain, application/openmetrics-text",
                   Format::text, kText},
        AcceptCase{"TheDraftWhenAskedFor", "application/openmetrics-text; version=0.0.1",
                   Format::openmetrics,
                   "application/openmetrics-text; version=0.0.1; charset=utf-8"},
        AcceptCase{"AnUnknownVersionIsNotOurs", "application/openmetrics-text;version=2.0.0",
                   Format::text, kText},
        AcceptCase{"ZeroForbids", "application/openmetrics-text;q=0, */*;q=0.1", Format::text,
                   kText},
        AcceptCase{"ZeroWithDecimalsForbids", "application/openmetrics-text;q=0.000", Format::text,
                   kText},
        AcceptCase{"CaseAndBlanksDoNotMatter",
                   "  Application/OpenMetrics-Text ; Version = 1.0.0 ; Q=0.5 , text/plain;q=0.1",
                   Format::openmetrics, kOpenMetrics},
        AcceptCase{"QuotedValues", "application/openmetrics-text;version=\"1.0.0\"",
                   Format::openmetrics, kOpenMetrics},
        AcceptCase{"QuotedSeparators", "text/plain;x=\"a,application/openmetrics-text;q=1\";q=0.5",
                   Format::text, kText},
        AcceptCase{"EveryEscaping", "text/plain;escaping=values", Format::text,
                   std::string(kText) + "; escaping=values"},
        AcceptCase{"Dots", "text/plain;escaping=dots", Format::text,
                   std::string(kText) + "; escaping=dots"},
        AcceptCase{"UnknownEscapingIsNotRepeated", "text/plain;escaping=x", Format::text, kText},
        AcceptCase{"ProtobufOfAnotherMessage",
                   "application/vnd.google.protobuf;proto=other;encoding=delimited", Format::text,
                   kText},
        AcceptCase{"ProtobufAsText",
                   "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                   "encoding=text",
                   Format::text, kText},
        AcceptCase{"MalformedQuality", "application/openmetrics-text;q=abc", Format::text, kText},
        AcceptCase{"QualityAboveOne", "application/openmetrics-text;q=1.5", Format::text, kText},
        AcceptCase{"NegativeQuality", "application/openmetrics-text;q=-1", Format::text, kText},
        AcceptCase{"UnclosedQuote", "text/plain;version=\"0.0.4", Format::text, kText},
        AcceptCase{"OnlySeparators", ";,=;,,", Format::text, kText},
        AcceptCase{"TooLong", "application/openmetrics-text," + std::string(5000, 'x'),
                   Format::text, kText}),
    [](const auto& test) { return test.param.name; });

struct CodingCase {
  const char* name;
  const char* header;
  Coding coding;
};

class AcceptEncoding : public testing::TestWithParam<CodingCase> {};

TEST_P(AcceptEncoding, IsAnsweredWith) {
  EXPECT_EQ(negotiate_coding(GetParam().header), GetParam().coding);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AcceptEncoding,
    testing::Values(CodingCase{"None", "", Coding::identity},
                    CodingCase{"Prometheus", "gzip", Coding::gzip},
                    CodingCase{"OldName", "x-gzip", Coding::gzip},
                    CodingCase{"AnyCase", "GZip", Coding::gzip},
                    CodingCase{"ZeroForbids", "gzip;q=0", Coding::identity},
                    CodingCase{"ZeroForbidsDespiteTheStar", "gzip;q=0, *", Coding::identity},
                    CodingCase{"StarMeansGzip", "*", Coding::gzip},
                    CodingCase{"StarZeroForbids", "*;q=0", Coding::identity},
                    CodingCase{"Zstd", "zstd", Coding::zstd},
                    CodingCase{"EqualsTakeZstd", "gzip, deflate, br, zstd", Coding::zstd},
                    CodingCase{"HigherQualityWins", "gzip;q=1.0, zstd;q=0.9", Coding::gzip},
                    CodingCase{"IdentityPreferred", "identity, gzip;q=0.5", Coding::identity},
                    CodingCase{"IdentityEqual", "identity, gzip", Coding::gzip},
                    CodingCase{"IdentityForbiddenIsServedStill", "identity;q=0", Coding::identity},
                    CodingCase{"Unknown", "br, deflate", Coding::identity},
                    CodingCase{"MalformedQuality", "gzip;q=x", Coding::identity},
                    CodingCase{"Garbage", ";;,q=;", Coding::identity}),
    [](const auto& test) { return test.param.name; });

TEST(CodingName, IsWhatContentEncodingSays) {
  EXPECT_EQ(coding_name(Coding::gzip), "gzip");
  EXPECT_EQ(coding_name(Coding::zstd), "zstd");
  EXPECT_EQ(coding_name(Coding::identity), "identity");
}

}  // namespace
}  // namespace serverpulse::metrics
