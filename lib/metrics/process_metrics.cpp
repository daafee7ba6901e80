// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "metrics/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <limits>
#include <memory>
#include <utility>

#include "base/fields.h"

namespace serverpulse::metrics {
namespace {

constexpr auto kCpu =
    counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
constexpr auto kOpen = gauge("process_open_fds", "Number of open file descriptors.");
constexpr auto kMaxOpen = gauge("process_max_fds", "Maximum number of open file descriptors.");
constexpr auto kResident = gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
constexpr auto kStart =
    gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");
constexpr auto kVirtual = gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.");
constexpr auto kMaxVirtual = gauge("process_virtual_memory_max_bytes",
                                   "Maximum amount of virtual memory available in bytes.");

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// "Unlimited" is the largest unsigned number, as the Go clients have it.
double soft_limit(decltype(RLIMIT_AS) resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return static_cast<double>(std::numeric_limits<std::uint64_t>::max());
  }
  return static_cast<double>(limit.rlim_cur);
}

struct CloseFolder {
  void operator()(DIR* it) const { ::closedir(it); }
};

}  // namespace

ProcessMetrics::ProcessMetrics(std::string proc)
    : proc_(std::move(proc)),
      descriptors_(proc_ + "/self/fd"),
      statm_(proc_ + "/self/statm", KernelFile::Shape::whole, 256) {}

// Boot time (/proc/stat) and the ticks from boot to start (the 22nd field of /proc/self/stat; the
// second is the name in parentheses, which may contain anything).
Status ProcessMetrics::read_start_time() {
  KernelFile self(proc_ + "/self/stat");
  const auto line = self.read();
  if (!line) return fail(line);
  const auto name_end = line->rfind(')');
  Fields fields(name_end == std::string_view::npos ? "" : line->substr(name_end + 1));
  const auto ticks = fields.skip(19).next<std::uint64_t>();
  if (!fields.ok()) return fail(self.path() + ": want 22 fields, found " + excerpt(*line));
  KernelFile stat(proc_ + "/stat");
  const auto text = stat.read();
  if (!text) return fail(text);
  for (const auto row : Lines(*text)) {
    Fields boot(row);
    if (boot.word() != "btime") continue;
    const auto seconds = boot.next<std::uint64_t>();
    if (!boot.ok()) return fail(stat.path() + ": want btime and a number, found " + excerpt(row));
    start_time_ = static_cast<double>(seconds) +
                  static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    return {};
  }
  return fail(stat.path() + ": want a line btime, found none");
}

// Since Linux 6.2 the size of the folder is the number of its entries; before it is 0.
Result<double> ProcessMetrics::open_descriptors() const {
  struct stat status {};
  if (::stat(descriptors_.c_str(), &status) != 0) return fail_errno(descriptors_, errno);
  if (status.st_size > 0 && S_ISDIR(status.st_mode)) return static_cast<double>(status.st_size);
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(descriptors_.c_str()));
  if (!folder) return fail_errno(descriptors_, errno);
  double count = -1;  // the folder's own descriptor
  while (const auto* const entry = ::readdir(folder.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  return count;
}

Status ProcessMetrics::emit(Sink& sink) {
  if (start_time_ == 0) {
    if (const auto status = read_start_time(); !status) return status;
  }
  const auto text = statm_.read();
  if (!text) return fail(text);
  Fields fields(*text);
  const auto virtual_pages = fields.next<std::uint64_t>();
  const auto resident_pages = fields.next<std::uint64_t>();
  if (!fields.ok()) return fail(statm_.path() + ": want two numbers, found " + excerpt(*text));
  const auto open = open_descriptors();
  if (!open) return fail(open);
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  sink.add(kCpu, cpu_seconds());
  sink.add(kMaxOpen, soft_limit(RLIMIT_NOFILE));
  sink.add(kOpen, *open);
  sink.add(kResident, static_cast<double>(resident_pages) * page);
  sink.add(kStart, start_time_);
  sink.add(kVirtual, static_cast<double>(virtual_pages) * page);
  sink.add(kMaxVirtual, soft_limit(RLIMIT_AS));
  return {};
}

}  // namespace serverpulse::metrics
