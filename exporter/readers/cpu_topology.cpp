// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/cpu_topology.h"

#include <algorithm>
#include <optional>

#include "base/fields.h"

namespace serverpulse::exporter {
namespace {

constexpr std::size_t kSmall = 128;

std::optional<std::uint64_t> read_count(KernelFile& file) {
  const auto text = file.read_trimmed();
  if (!text) return std::nullopt;
  return parse_number<std::uint64_t>(*text);
}

std::optional<std::string> read_id(const std::string& path) {
  KernelFile file(path, KernelFile::Shape::whole, kSmall);
  const auto id = read_count(file);
  if (!id) return std::nullopt;
  return std::to_string(*id);
}

// Adds the counter of a package or core unless it is there already or cannot be read.
void add_throttle(std::vector<CpuTopology::Throttle>& to, const std::string& package,
                  const std::string& core, const std::string& path) {
  const bool there = std::any_of(to.begin(), to.end(), [&](const auto& throttle) {
    return throttle.package == package && throttle.core == core;
  });
  if (there) return;
  KernelFile file(path, KernelFile::Shape::whole, kSmall);
  if (const auto count = read_count(file)) {
    to.push_back({package, core, std::move(file), *count, true});
  }
}

}  // namespace

CpuTopology::CpuTopology(const std::string& sys)
    : folder_(sys + "/devices/system/cpu"),
      directory_(folder_),
      online_file_(folder_ + "/online", KernelFile::Shape::whole, kSmall),
      present_file_(folder_ + "/present", KernelFile::Shape::whole, kSmall) {}

// Without both files nothing tells of a change, and each scrape looks at everything.
bool CpuTopology::lists_unchanged() {
  lists_now_.clear();
  for (auto* file : {&online_file_, &present_file_}) {
    const auto text = file->read();
    if (!text) return false;
    lists_now_ += *text;
    lists_now_ += '\n';
  }
  if (lists_now_ == lists_) return true;
  lists_ = lists_now_;
  return false;
}

void CpuTopology::read_counts(std::vector<Throttle>& throttles) {
  for (auto& throttle : throttles) {
    const auto count = read_count(throttle.file);
    throttle.known = count.has_value();
    throttle.count = count.value_or(0);
  }
}

void CpuTopology::scan_cpu(const std::string& name, bool first) {
  const auto path = folder_ + "/" + name;
  KernelFile online(path + "/online", KernelFile::Shape::whole, kSmall);
  const auto text = online.read_trimmed();
  if (first) {
    can_go_offline_ = text || text.error().kind != Error::Kind::unavailable;
  }
  cpus_.push_back({name.substr(3), text && *text == "1"});
  const auto package = read_id(path + "/topology/physical_package_id");
  const auto core = read_id(path + "/topology/core_id");
  if (!package || !core) return;
  add_throttle(cores_, *package, *core, path + "/thermal_throttle/core_throttle_count");
  add_throttle(packages_, *package, {}, path + "/thermal_throttle/package_throttle_count");
}

Status CpuTopology::scan() {
  cpus_.clear();
  cores_.clear();
  packages_.clear();
  can_go_offline_ = false;
  const auto listed = directory_.list("cpu");
  if (!listed) {
    lists_.clear();
    absent_ = listed.error().kind == Error::Kind::unavailable;
    if (absent_) return {};
    return fail(listed);
  }
  for (const auto& name : directory_.names()) scan_cpu(name, cpus_.empty());
  return {};
}

Status CpuTopology::refresh() {
  if (absent_) return {};
  if (!lists_unchanged()) return scan();
  read_counts(cores_);
  read_counts(packages_);
  return {};
}

}  // namespace serverpulse::exporter
