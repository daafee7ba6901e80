// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// CpuTopology: the CPUs that /sys/devices/system/cpu knows, which are online, and the files that
// count how often a core or a package was throttled for heat (x86 with thermal_throttle; virtual
// machines have none). Source: Documentation/ABI/testing/sysfs-devices-system-cpu and
// Documentation/admin-guide/cputopology.rst.
// Threads of a core share its counter, cores of a package share the package's: each is read once.
// All that is fixed until a CPU comes or goes, which the two lists "online" and "present" tell, so
// a scrape reads these two and the counters, instead of seven files per CPU.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/kernel_file.h"
#include "base/result.h"
#include "exporter/readers/directory.h"

namespace serverpulse::exporter {

/// Thread rule: one thread at a time.
class CpuTopology {
 public:
  struct Cpu {
    std::string number;
    bool online = false;
  };
  struct Throttle {
    std::string package;
    std::string core;  ///< Empty for a package's counter.
    KernelFile file;
    std::uint64_t count = 0;
    bool known = false;  ///< Whether the last refresh() could read the counter.
  };

  /// `sys` is the root of sysfs.
  explicit CpuTopology(const std::string& sys);

  /// Reads the counters, and everything else when a CPU came or went. Without the folder there are
  /// no CPUs, and it is not looked for again.
  Status refresh();

  /// Whether the kernel lets CPUs be taken offline at all: what node_exporter asks cpu0 about.
  [[nodiscard]] bool can_go_offline() const { return can_go_offline_; }
  [[nodiscard]] const std::vector<Cpu>& cpus() const { return cpus_; }
  [[nodiscard]] const std::vector<Throttle>& cores() const { return cores_; }
  [[nodiscard]] const std::vector<Throttle>& packages() const { return packages_; }

 private:
  bool lists_unchanged();
  Status scan();
  void scan_cpu(const std::string& name, bool first);
  static void read_counts(std::vector<Throttle>& throttles);

  std::string folder_;
  Directory directory_;
  KernelFile online_file_;
  KernelFile present_file_;
  std::string lists_;      // what the two files said when everything was last read
  std::string lists_now_;  // kept for its capacity
  bool absent_ = false;
  bool can_go_offline_ = false;
  std::vector<Cpu> cpus_;
  std::vector<Throttle> cores_;
  std::vector<Throttle> packages_;
};

}  // namespace serverpulse::exporter
