// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/compress.h"

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <rapidcheck/gtest.h>
#include <zstd.h>

#include <string>

#include "tests/support/allocation_counter.h"

namespace serverpulse::metrics {
namespace {

std::string gunzipped(std::string_view bytes, std::size_t size) {
  std::string out(size + 1, '\0');
  auto* const decompressor = libdeflate_alloc_decompressor();
  std::size_t got = 0;
  const auto result = libdeflate_gzip_decompress(decompressor, bytes.data(), bytes.size(),
                                                 out.data(), out.size(), &got);
  libdeflate_free_decompressor(decompressor);
  EXPECT_EQ(result, LIBDEFLATE_SUCCESS);
  out.resize(got);
  return out;
}

std::string unzstded(std::string_view bytes, std::size_t size) {
  std::string out(size + 1, '\0');
  const auto got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  EXPECT_FALSE(ZSTD_isError(got));
  out.resize(ZSTD_isError(got) ? 0 : got);
  return out;
}

RC_GTEST_PROP(Compressor, GzipReadsBackAsWhatWentIn, (const std::string& body)) {
  Compressor compressor;
  RC_ASSERT(gunzipped(compressor.compress(Coding::gzip, body), body.size()) == body);
}

RC_GTEST_PROP(Compressor, ZstdReadsBackAsWhatWentIn, (const std::string& body)) {
  Compressor compressor;
  RC_ASSERT(unzstded(compressor.compress(Coding::zstd, body), body.size()) == body);
}

TEST(Compressor, ServesBodiesOfGrowingAndShrinkingSizeFromOneBuffer) {
  Compressor compressor;
  for (const std::size_t size : {10U, 100'000U, 0U, 500'000U, 7U}) {
    const std::string body(size, 'x');
    EXPECT_EQ(gunzipped(compressor.compress(Coding::gzip, body), size), body);
    EXPECT_EQ(unzstded(compressor.compress(Coding::zstd, body), size), body);
  }
}

TEST(Compressor, GivesIdentityAsItIs) {
  Compressor compressor;
  const std::string body = "as it is";
  EXPECT_EQ(compressor.compress(Coding::identity, body).data(), body.data());
}

TEST(Compressor, AllocatesNothingForTheSecondBodyOfTheSameSize) {
  Compressor compressor;
  const std::string body(100'000, 'x');
  for (const auto coding : {Coding::gzip, Coding::zstd}) {
    static_cast<void>(compressor.compress(coding, body));
    const testing_support::AllocationCounter counter;
    const auto compressed = compressor.compress(coding, body);
    EXPECT_EQ(counter.count(), 0U);
    EXPECT_LT(compressed.size(), body.size() / 10);
  }
}

}  // namespace
}  // namespace serverpulse::metrics
