// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/udev.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/fields.h"
#include "exporter/readers/utf8.h"

namespace serverpulse::exporter {
namespace {

// As the enum, which is sorted, so that a key is found by bisection.
constexpr std::array<std::string_view, UdevDisk::kKeys> kNames{"DM_LV_LAYER",
                                                               "DM_LV_NAME",
                                                               "DM_NAME",
                                                               "DM_UUID",
                                                               "DM_VG_NAME",
                                                               "ID_ATA",
                                                               "ID_ATA_ROTATION_RATE_RPM",
                                                               "ID_ATA_WRITE_CACHE",
                                                               "ID_ATA_WRITE_CACHE_ENABLED",
                                                               "ID_FS_TYPE",
                                                               "ID_FS_USAGE",
                                                               "ID_FS_UUID",
                                                               "ID_FS_VERSION",
                                                               "ID_MODEL",
                                                               "ID_PATH",
                                                               "ID_REVISION",
                                                               "ID_SERIAL",
                                                               "ID_SERIAL_SHORT",
                                                               "ID_WWN",
                                                               "SCSI_IDENT_SERIAL"};
static_assert(std::is_sorted(kNames.begin(), kNames.end()));

constexpr std::size_t kMostBytes = 65536;

}  // namespace

void UdevDisk::parse(std::string_view text) {
  for (auto& value : values) value.clear();
  for (auto line : Lines(text)) {
    if (!line.starts_with("E:")) continue;
    line.remove_prefix(2);
    const auto at = line.find('=');
    if (at == std::string_view::npos) continue;
    const auto* const name = std::lower_bound(kNames.begin(), kNames.end(), line.substr(0, at));
    if (name == kNames.end() || *name != line.substr(0, at)) continue;
    assign_utf8(values[static_cast<std::size_t>(name - kNames.begin())], line.substr(at + 1));
  }
}

bool UdevData::changed() {
  using namespace std::chrono;
  if (!fd_) fd_ = Fd(::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!fd_ || ::fstat(fd_.get(), &status) != 0 || status.st_nlink == 0) {
    fd_.reset();  // there is none, or it was removed and the path may be another by now
    trusted_ = false;
    return std::exchange(there_, false);
  }
  there_ = true;
  constexpr auto kYoung = seconds(2);
  const auto stamp = seconds(status.st_mtim.tv_sec) + nanoseconds(status.st_mtim.tv_nsec);
  const bool changed = !trusted_ || stamp != stamp_;
  stamp_ = stamp;
  trusted_ = clock_->wall() - stamp > kYoung;
  return changed;
}

void UdevData::read(std::uint32_t major, std::uint32_t minor, UdevDisk& into) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "b%u:%u", major, minor);
  const Fd file(fd_ ? ::openat(fd_.get(), name.data(), O_RDONLY | O_CLOEXEC) : -1);
  if (buffer_.empty()) buffer_.resize(4096);
  std::size_t length = 0;
  while (file && length < kMostBytes) {
    if (length == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    const auto got = ::read(file.get(), buffer_.data() + length, buffer_.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    length += static_cast<std::size_t>(got);
  }
  into.parse(std::string_view(buffer_).substr(0, length));
}

}  // namespace serverpulse::exporter
