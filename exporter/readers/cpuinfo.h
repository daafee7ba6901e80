// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Reader of /proc/cpuinfo, which each architecture prints in a form of its own (show_cpuinfo() of
// arch/*/kernel): blocks of "key : value" that begin with "processor", or, on s390, a common part
// first and blocks that begin with "cpu number" after it. The same word means different things
// (PowerPC's "model" is the machine's), so the form is recognised first, from the file itself and
// not from the compiler, which lets every form be tested everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace serverpulse::exporter {

/// What one CPU's block says; a word that its architecture does not print stays empty.
struct CpuInfo {
  std::string processor;
  std::string vendor;
  std::string family;
  std::string model;
  std::string model_name;
  std::string microcode;
  std::string stepping;
  std::string cache_size;
  std::string physical_id;
  std::string core_id;
  double mhz = 0;
};

/// Kept between readings, so that a second reading of the same shape allocates nothing.
/// Thread rule: one thread at a time.
class CpuInfoTable {
 public:
  /// Errors say what line was not understood; `where` names the file.
  Status parse(std::string_view text, std::string_view where);

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] const CpuInfo& operator[](std::size_t i) const { return rows_[i]; }
  /// The words of "flags" ("Features", "features") and "bugs" of the first CPU, as one line each.
  [[nodiscard]] const std::string& flags() const { return flags_; }
  [[nodiscard]] const std::string& bugs() const { return bugs_; }

 private:
  enum class Form : std::uint8_t { x86, arm, s390, mips, loong, ppc, riscv };
  static Form recognise(std::string_view text);
  bool take(Form form, std::string_view key, std::string_view value);
  bool take_s390(std::string_view key, std::string_view value);
  bool begin_cpu(std::string_view number);
  CpuInfo* current();

  std::vector<CpuInfo> rows_;
  std::size_t count_ = 0;
  std::size_t s390_at_ = 0;  // which CPU the present block of the second part is about
  std::string flags_;
  std::string bugs_;
  std::string common_vendor_;      // MIPS, LoongArch: "system type"; s390: "vendor_id"
  std::string common_model_name_;  // old ARM: "Processor"
};

}  // namespace serverpulse::exporter
