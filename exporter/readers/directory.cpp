// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace serverpulse::exporter {
namespace {

constexpr std::size_t kMostNames = 65536;
constexpr std::size_t kNameOffset = offsetof(dirent64, d_name);

bool wanted(std::string_view name, std::string_view prefix) {
  return name.size() > prefix.size() && name.starts_with(prefix) && name[prefix.size()] >= '0' &&
         name[prefix.size()] <= '9';
}

}  // namespace

Status Directory::open() {
  fd_ = Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd_) return fail_errno(path_, errno);
  return {};
}

Status Directory::fill(std::string_view prefix) {
  count_ = 0;
  if (::lseek(fd_.get(), 0, SEEK_SET) != 0) return fail_errno(path_, errno);
  alignas(dirent64) std::array<char, 4096> buffer;  // NOLINT: filled by the kernel
  for (;;) {
    const long got = ::syscall(SYS_getdents64, fd_.get(), buffer.data(), buffer.size());
    if (got < 0) return fail_errno(path_, errno);
    if (got == 0) return {};
    for (long at = 0; at < got;) {
      std::uint16_t length = 0;
      std::memcpy(&length, buffer.data() + at + offsetof(dirent64, d_reclen), sizeof length);
      const std::string_view name(buffer.data() + at + kNameOffset);
      at += length;
      if (!wanted(name, prefix)) continue;
      if (count_ == kMostNames) return fail(path_ + ": want at most 65536 names, found more");
      if (count_ == found_.size()) found_.emplace_back();
      found_[count_++].assign(name);
    }
  }
}

Result<bool> Directory::list(std::string_view prefix) {
  const bool kept = static_cast<bool>(fd_);
  if (!kept) {
    if (const auto opened = open(); !opened) return fail(opened);
  }
  auto filled = fill(prefix);
  if (kept && (!filled || (count_ == 0 && !names_.empty()))) {
    if (const auto opened = open(); !opened) return fail(opened);
    filled = fill(prefix);
  }
  if (!filled) {
    fd_.reset();
    return fail(filled);
  }
  const auto end = found_.begin() + static_cast<std::ptrdiff_t>(count_);
  std::sort(found_.begin(), end);
  if (std::equal(found_.begin(), end, names_.begin(), names_.end())) return false;
  names_.assign(found_.begin(), end);
  return true;
}

}  // namespace serverpulse::exporter
