// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/prom_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/fd.h"
#include "base/utf8.h"
#include "metrics/parse_text.h"

namespace serverpulse::exporter {
namespace {

constexpr std::string_view kTooLarge = "want at most 16 MiB, and 64 MiB of all files together";
constexpr std::chrono::nanoseconds kGrain = std::chrono::seconds(2);

std::chrono::nanoseconds since_epoch(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// At most `most` bytes of the file; errno of a failed read, or 0.
int read_all(int fd, std::size_t most, std::string& text) {
  text.clear();
  while (text.size() < most) {
    const std::size_t length = text.size();
    text.resize(std::min(most, std::max<std::size_t>(4096, 2 * length)));
    const ssize_t got = ::read(fd, text.data() + length, text.size() - length);
    text.resize(length + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0) return 0;
    if (got < 0 && errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace

bool PromFile::same(const struct stat& now) const {
  return now.st_mtim.tv_sec == mtime_.tv_sec && now.st_mtim.tv_nsec == mtime_.tv_nsec &&
         static_cast<std::size_t>(now.st_size) == size_ && now.st_ino == inode_ &&
         now.st_dev == device_;
}

bool PromFile::refuse(Cause cause, int code, std::string_view why) {
  settled_ = false;
  if (cause == cause_ && code == code_) return false;
  cause_ = cause;
  code_ = code;
  families_.clear();
  problem_ = code != 0 ? fail_errno(path_, code).value().message : path_ + ": " + std::string(why);
  return true;
}

bool PromFile::refresh(const Clock& clock, std::size_t room) {
  room = std::min(room, kMostBytes);
  struct stat now {};
  if (::stat(path_.c_str(), &now) != 0) return refuse(Cause::system, errno, {});
  if (!S_ISREG(now.st_mode)) return refuse(Cause::kind, 0, "want a regular file");
  if (static_cast<std::size_t>(now.st_size) > room) {
    return refuse(Cause::size, 0, kTooLarge);
  }
  if (!is_utf8(path_)) return refuse(Cause::name, 0, "want a name in UTF-8");
  if (settled_ && same(now)) return false;
  return load(clock, room);
}

bool PromFile::load(const Clock& clock, std::size_t room) {
  // O_NONBLOCK: the file may have become a pipe that nobody writes to.
  const Fd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return refuse(Cause::system, errno, {});
  struct stat opened {};
  if (::fstat(fd.get(), &opened) != 0) return refuse(Cause::system, errno, {});
  std::string text;
  if (const int code = read_all(fd.get(), room + 1, text); code != 0) {
    return refuse(Cause::system, code, {});
  }
  if (text.size() > room) return refuse(Cause::size, 0, kTooLarge);
  mtime_ = opened.st_mtim;
  size_ = text.size();  // differs from the next stat(2) if the file was being written
  inode_ = opened.st_ino;
  device_ = opened.st_dev;
  const auto age = clock.wall() - since_epoch(mtime_);
  settled_ = age >= kGrain || age < std::chrono::nanoseconds(0);
  families_.clear();
  problem_.clear();
  const auto done = parse(text);
  cause_ = done ? Cause::none : Cause::content;
  code_ = 0;
  if (!done) problem_ = path_ + ": " + done.error().message;
  return true;
}

Status PromFile::parse(std::string_view text) {
  auto families = metrics::parse_text(text, {kMostBytes, kMostSamples});
  if (!families) return fail(families);
  for (const auto& family : *families) {
    for (const auto& sample : family.samples) {
      if (sample.timestamp_ms) {
        return fail("want no timestamps, found one of a sample of " + family.name);
      }
    }
  }
  families_ = std::move(*families);
  return {};
}

}  // namespace serverpulse::exporter
