// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/cpuinfo.h"

#include <array>
#include <cmath>
#include <span>

#include "base/fields.h"

namespace serverpulse::exporter {
namespace {

struct Word {
  std::string_view key;
  std::string CpuInfo::*field;
};

constexpr Word kX86[] = {
    {"vendor", &CpuInfo::vendor},           {"vendor_id", &CpuInfo::vendor},
    {"cpu family", &CpuInfo::family},       {"model", &CpuInfo::model},
    {"model name", &CpuInfo::model_name},   {"stepping", &CpuInfo::stepping},
    {"microcode", &CpuInfo::microcode},     {"cache size", &CpuInfo::cache_size},
    {"physical id", &CpuInfo::physical_id}, {"core id", &CpuInfo::core_id}};
constexpr Word kArm[] = {{"model name", &CpuInfo::model_name}};
constexpr Word kMips[] = {{"cpu model", &CpuInfo::model_name}};
constexpr Word kLoong[] = {{"CPU Family", &CpuInfo::family}, {"Model Name", &CpuInfo::model_name}};
constexpr Word kPpc[] = {{"cpu", &CpuInfo::vendor}};
constexpr Word kRiscv[] = {{"hart", &CpuInfo::core_id}, {"isa", &CpuInfo::model_name}};

// "2800.000000MHz" as 2800.
bool leading_number(std::string_view text, double& out) {
  text = trim(text);
  const auto value = parse_number<double>(text.substr(0, text.find_first_not_of("0123456789.")));
  if (!value || !std::isfinite(*value)) return false;
  out = *value;
  return true;
}

// "key \t: value": both parts; false for a line without a colon.
bool split(std::string_view line, std::string_view& key, std::string_view& value) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  key = trim(line.substr(0, colon));
  value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  return true;
}

void clear(CpuInfo& row) {
  for (const auto field : {&CpuInfo::processor, &CpuInfo::vendor, &CpuInfo::family, &CpuInfo::model,
                           &CpuInfo::model_name, &CpuInfo::microcode, &CpuInfo::stepping,
                           &CpuInfo::cache_size, &CpuInfo::physical_id, &CpuInfo::core_id}) {
    (row.*field).clear();
  }
  row.mhz = 0;
}

}  // namespace

CpuInfoTable::Form CpuInfoTable::recognise(std::string_view text) {
  std::array<std::string_view, 2> keys{};
  std::size_t found = 0;
  std::string_view value;
  for (const auto line : Lines(text)) {
    if (found < keys.size() && split(line, keys[found], value)) ++found;
    if (found == keys.size()) break;
  }
  if (keys[0] == "vendor_id") return Form::s390;
  if (keys[0] == "system type") {
    return text.find("\nCPU Family") != std::string_view::npos ? Form::loong : Form::mips;
  }
  if (keys[0] == "Processor") return Form::arm;
  if (keys[1] == "hart") return Form::riscv;
  if (keys[1] == "cpu") return Form::ppc;
  if (keys[1] == "BogoMIPS" || keys[1] == "model name" || keys[1] == "Features") return Form::arm;
  return Form::x86;
}

CpuInfo* CpuInfoTable::current() {
  return count_ == 0 ? nullptr : &rows_[count_ - 1];
}

bool CpuInfoTable::begin_cpu(std::string_view number) {
  constexpr std::size_t kMostCpus = 65536;
  number = trim(number);
  if (!parse_number<std::uint32_t>(number) || count_ == kMostCpus) return false;
  if (count_ == rows_.size()) rows_.emplace_back();
  auto& row = rows_[count_++];
  clear(row);
  row.processor.assign(number);
  row.vendor = common_vendor_;
  row.model_name = common_model_name_;
  return true;
}

bool CpuInfoTable::take_s390(std::string_view key, std::string_view value) {
  if (key == "vendor_id") {
    common_vendor_.assign(value);
  } else if (key == "features") {
    flags_.assign(value);
  } else if (key.starts_with("processor ")) {
    return begin_cpu(key.substr(10));
  } else if (key == "cpu number") {
    for (s390_at_ = 0; s390_at_ < count_; ++s390_at_) {
      if (rows_[s390_at_].processor == trim(value)) return true;
    }
    return false;
  } else if (s390_at_ < count_) {
    auto& row = rows_[s390_at_];
    if (key == "physical id") row.physical_id.assign(value);
    if (key == "core id") row.core_id.assign(value);
    if (key == "cpu MHz dynamic") return leading_number(value, row.mhz);
  }
  return true;
}

bool CpuInfoTable::take(Form form, std::string_view key, std::string_view value) {
  if (form == Form::s390) return take_s390(key, value);
  if (key == "processor") return begin_cpu(value);
  if (key == "Processor") common_model_name_.assign(value);
  if (key == "system type") common_vendor_.assign(value);
  if (form == Form::arm && key == "BogoMIPS" && count_ == 0 && !begin_cpu("0")) return false;
  auto* const row = current();
  if (row == nullptr) return true;
  std::span<const Word> words;
  switch (form) {
    case Form::x86:
      words = kX86;
      break;
    case Form::arm:
      words = kArm;
      break;
    case Form::mips:
      words = kMips;
      break;
    case Form::loong:
      words = kLoong;
      break;
    case Form::ppc:
      words = kPpc;
      break;
    case Form::riscv:
      words = kRiscv;
      break;
    case Form::s390:
      break;
  }
  for (const auto& word : words) {
    if (key == word.key) (row->*word.field).assign(value);
  }
  if (form == Form::x86 && key == "cpu MHz") return leading_number(value, row->mhz);
  if (form == Form::ppc && key == "clock") return leading_number(value, row->mhz);
  const bool flags = form == Form::x86 ? key == "flags" : form == Form::arm && key == "Features";
  if (flags && flags_.empty()) flags_.assign(value);
  if (form == Form::x86 && key == "bugs" && count_ == 1) bugs_.assign(value);
  return true;
}

Status CpuInfoTable::parse(std::string_view text, std::string_view where) {
  count_ = 0;
  s390_at_ = ~std::size_t{0};
  flags_.clear();
  bugs_.clear();
  common_vendor_.clear();
  common_model_name_.clear();
  const auto form = recognise(text);
  for (const auto line : Lines(text)) {
    std::string_view key;
    std::string_view value;
    if (split(line, key, value) && !take(form, key, value)) {
      return fail(std::string(where) + ": want a number of a processor or a frequency, found " +
                  excerpt(line));
    }
  }
  if (count_ == 0) {
    return fail(std::string(where) + ": want a block that begins with processor, found " +
                excerpt(text));
  }
  return {};
}

}  // namespace serverpulse::exporter
