// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/compress.h"

#include <libdeflate.h>
#include <zstd.h>

#include <cstddef>
#include <new>

namespace serverpulse::metrics {
namespace {

constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 1;

struct FreeDeflate {
  void operator()(libdeflate_compressor* it) const { libdeflate_free_compressor(it); }
};
struct FreeZstd {
  void operator()(ZSTD_CCtx* it) const { ZSTD_freeCCtx(it); }
};

}  // namespace

struct Compressor::State {
  std::unique_ptr<libdeflate_compressor, FreeDeflate> deflate;  // made when first asked for
  std::unique_ptr<ZSTD_CCtx, FreeZstd> zstd;
  std::unique_ptr<char[]> buffer;
  std::size_t capacity = 0;

  bool reserve(std::size_t size) {
    if (size <= capacity) return true;
    buffer.reset(new (std::nothrow) char[size]);
    capacity = buffer ? size : 0;
    return buffer != nullptr;
  }

  std::string_view gzip(std::string_view body) {
    if (!deflate) deflate.reset(libdeflate_alloc_compressor(kGzipLevel));
    if (!deflate) return {};
    if (!reserve(libdeflate_gzip_compress_bound(deflate.get(), body.size()))) return {};
    return {buffer.get(), libdeflate_gzip_compress(deflate.get(), body.data(), body.size(),
                                                   buffer.get(), capacity)};
  }

  std::string_view zstandard(std::string_view body) {
    if (!zstd) zstd.reset(ZSTD_createCCtx());
    if (!zstd || !reserve(ZSTD_compressBound(body.size()))) return {};
    const auto size =
        ZSTD_compressCCtx(zstd.get(), buffer.get(), capacity, body.data(), body.size(), kZstdLevel);
    if (ZSTD_isError(size) != 0U) return {};
    return {buffer.get(), size};
  }
};

Compressor::Compressor() : state_(std::make_unique<State>()) {}
Compressor::~Compressor() = default;

std::string_view Compressor::compress(Coding coding, std::string_view body) {
  switch (coding) {
    case Coding::gzip:
      return state_->gzip(body);
    case Coding::zstd:
      return state_->zstandard(body);
    case Coding::identity:
      break;
  }
  return body;
}

}  // namespace serverpulse::metrics
