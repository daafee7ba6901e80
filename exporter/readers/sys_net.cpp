// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/sys_net.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/fields.h"

namespace serverpulse::exporter {

SysText read_attribute(const Fd& file, std::span<char> buffer) {
  for (;;) {
    const ssize_t got = ::pread(file.get(), buffer.data(), buffer.size(), 0);
    if (got >= 0) return {trim({buffer.data(), static_cast<std::size_t>(got)}), 0};
    if (errno != EINTR) return {{}, errno};
  }
}

SysText read_attribute(const Fd& folder, const char* name, std::span<char> buffer) {
  const Fd file(::openat(folder.get(), name, O_RDONLY | O_CLOEXEC));
  if (!file) return {{}, errno};
  return read_attribute(file, buffer);
}

bool attribute_absent(int error) {
  return error == ENOENT || error == EACCES || error == EPERM || error == EINVAL ||
         error == EOPNOTSUPP;
}

bool device_gone(int error) {
  return error == ENODEV || error == ENXIO || error == ENOTDIR;
}

int SysNet::list() {
  names_.clear();
  if (!folder_) {
    folder_ = Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder_) return errno;
  }
  if (const int error = fill(); error != 0) {
    folder_.reset();
    return error;
  }
  for (std::size_t at = 0; at < entries_.size();) {
    const char* const entry = entries_.data() + at;
    std::uint16_t length = 0;
    std::memcpy(&length, entry + offsetof(dirent64, d_reclen), sizeof length);
    const auto kind = static_cast<unsigned char>(entry[offsetof(dirent64, d_type)]);
    const std::string_view name(entry + offsetof(dirent64, d_name));
    // Files, such as bonding_masters, are no interfaces.
    if (kind != DT_REG && !name.starts_with('.')) names_.push_back(name);
    at += length;
  }
  std::sort(names_.begin(), names_.end());
  return 0;
}

// The errno, or 0.
int SysNet::fill() {
  if (::lseek(folder_.get(), 0, SEEK_SET) < 0) return errno;
  constexpr std::size_t kRoom = 4096;
  entries_.resize(std::max(entries_.capacity(), kRoom));
  std::size_t length = 0;
  for (;;) {
    if (entries_.size() - length < kRoom) entries_.resize(entries_.size() * 2);
    const auto got =
        ::getdents64(folder_.get(), entries_.data() + length, entries_.size() - length);
    if (got < 0) return errno;
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  entries_.resize(length);
  return 0;
}

Fd SysNet::open(std::string_view name) const {
  std::array<char, NAME_MAX + 1> text{};
  name.copy(text.data(), NAME_MAX);
  return Fd(::openat(folder_.get(), text.data(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace serverpulse::exporter
