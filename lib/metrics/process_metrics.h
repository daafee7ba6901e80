// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// process_*: what every Prometheus client library says of its own process, under the same names.
// Memory is /proc/self/statm (proc_pid_statm(5)) on a descriptor that stays open; CPU time is a
// clock, finer than the ticks of /proc/self/stat. Left out are the process_network_* of newer Go
// clients: they count the whole network namespace, whatever their HELP says.
#pragma once

#include <string>

#include "base/kernel_file.h"
#include "base/result.h"
#include "metrics/sink.h"

namespace serverpulse::metrics {

/// Thread rule: one thread at a time.
class ProcessMetrics {
 public:
  /// `proc` is where procfs is mounted.
  explicit ProcessMetrics(std::string proc = "/proc");

  /// An error names the file that could not be read; then nothing was given.
  Status emit(Sink& sink);

 private:
  Status read_start_time();
  Result<double> open_descriptors() const;

  std::string proc_;
  std::string descriptors_;  // the folder of them
  KernelFile statm_;
  double start_time_ = 0;  // Unix seconds; 0: not read yet
};

}  // namespace serverpulse::metrics
