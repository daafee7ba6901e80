// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Encoder: a sink that makes the bytes of one wire format. The buffer is kept between scrapes, so
// that a second scrape of the same shape allocates nothing. A family's bytes do not depend on its
// neighbours, so an exposition is put together from the outputs of several collectors, and a
// family that another collector already gave is left out (marks() tells where each one lies).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/sink.h"

namespace serverpulse::metrics {

enum class Format : std::uint8_t {
  text,         ///< Prometheus text 0.0.4
  openmetrics,  ///< OpenMetrics 1.0.0
  protobuf,     ///< delimited io.prometheus.client.MetricFamily
};

struct EncoderOptions {
  bool created_lines = false;  ///< OpenMetrics: `_created` samples, where the time is known.
};

class Encoder : public Sink {
 public:
  /// Where one family lies in bytes().
  struct Mark {
    std::uint64_t name_hash;
    std::size_t begin;
    std::size_t end;
    std::uint32_t samples;
  };

  [[nodiscard]] const std::string& bytes() const { return out_; }
  [[nodiscard]] const std::vector<Mark>& marks() const { return marks_; }
  /// Empties, keeps the memory.
  void clear() {
    out_.clear();
    marks_.clear();
  }
  /// What closes an exposition: "# EOF\n" in OpenMetrics, else nothing.
  [[nodiscard]] virtual std::string_view trailer() const { return {}; }

  void begin(const Family& family) final;
  void end() final;

 protected:
  virtual void begin_family(const Family& family) = 0;
  virtual void end_family() {}
  void counted(std::uint32_t samples = 1) { marks_.back().samples += samples; }

  std::string out_;

 private:
  std::vector<Mark> marks_;
};

[[nodiscard]] std::unique_ptr<Encoder> make_encoder(Format format, EncoderOptions options = {});

}  // namespace serverpulse::metrics
