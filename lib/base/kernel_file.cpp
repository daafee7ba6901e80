// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "base/kernel_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace serverpulse {
namespace {

constexpr std::size_t kLimit = std::size_t{64} << 20U;

bool device_gone(int code) {
  return code == ENODEV || code == ESTALE || code == ENXIO;
}

}  // namespace

KernelFile::KernelFile(std::string path, Shape shape, std::size_t first_size)
    : path_(std::move(path)), shape_(shape), buffer_() {
  buffer_.resize(std::max<std::size_t>(first_size, 16));
}

Status KernelFile::open() {
  fd_ = Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd_) return fail_errno(path_, errno);
  return {};
}

// Whether a read that filled `got` of `room` bytes was the last.
bool KernelFile::is_last(std::size_t got, std::size_t room) const {
  constexpr std::size_t kPage = 4096;  // the smallest there is
  constexpr std::size_t kRecord = 512;
  if (got == room || shape_ == Shape::stream) return false;
  return shape_ == Shape::whole || got + kRecord <= kPage;
}

// Reads from offset 0 to the end: the length, or the negated errno.
ssize_t KernelFile::fill() {
  std::size_t length = 0;
  for (;;) {
    if (length == buffer_.size()) {
      if (buffer_.size() >= kLimit) return -EFBIG;
      buffer_.resize(buffer_.size() * 2);
    }
    const std::size_t room = buffer_.size() - length;
    const ssize_t got =
        ::pread(fd_.get(), buffer_.data() + length, room, static_cast<off_t>(length));
    if (got < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    length += static_cast<std::size_t>(got);
    if (got == 0 || is_last(static_cast<std::size_t>(got), room)) {
      return static_cast<ssize_t>(length);
    }
  }
}

Result<std::string_view> KernelFile::read() {
  const bool kept = static_cast<bool>(fd_);
  if (!kept) {
    if (auto opened = open(); !opened) return fail(opened);
  }
  ssize_t length = fill();
  if (length < 0 && kept && device_gone(static_cast<int>(-length))) {
    if (auto opened = open(); !opened) return fail(opened);
    length = fill();
  }
  if (length < 0) {
    fd_.reset();
    return fail_errno(path_, static_cast<int>(-length));
  }
  return std::string_view(buffer_.data(), static_cast<std::size_t>(length));
}

Result<std::string_view> KernelFile::read_trimmed() {
  auto text = read();
  if (!text) return text;
  const auto last = text->find_last_not_of(" \t\r\n");
  return text->substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace serverpulse
