// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// KernelFile: a file of /proc or /sys that is read again and again. Opening one walks a path
// (8 µs under /sys/class/net) for a read of half a microsecond, so the descriptor stays open and
// each read() is a pread from offset 0, which makes the kernel generate the text anew (seq_file:
// Documentation/filesystems/seq_file.rst). The kernel allocates as much as the reader asks for,
// so the buffer starts small and grows to what the file needs.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace serverpulse {

/// Thread rule: one thread at a time.
class KernelFile {
 public:
  /// How the kernel hands out the text.
  enum class Shape {
    stream,   ///< In pieces (seq_file with many records): read until it answers nothing.
    records,  ///< The same where no record is longer than 512 bytes: seq_file hands out what fits
              ///< in a page, so a piece that leaves room for one more record is the last. For a
              ///< file that walks a table (/proc/net/udp) that saves half of its cost.
    whole,    ///< All at once if the buffer is large enough (sysfs, /proc/sys, single_open): a
              ///< read shorter than the buffer is the last, which saves one system call.
  };

  explicit KernelFile(std::string path, Shape shape = Shape::stream, std::size_t first_size = 4096);

  /// The whole text, valid until the next read(). Opens when not yet open; opens once again when
  /// the device behind the descriptor is gone (ENODEV, ESTALE, ENXIO). Errors name the path;
  /// kind unavailable when there is no such file. More than 64 MiB is an error.
  Result<std::string_view> read();

  /// The same without white space at the end: for files of one value.
  Result<std::string_view> read_trimmed();

  /// Closes the descriptor; the next read() opens again.
  void close() { fd_.reset(); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Status open();
  ssize_t fill();
  [[nodiscard]] bool is_last(std::size_t got, std::size_t room) const;

  std::string path_;
  Shape shape_;
  Fd fd_;
  std::string buffer_;
};

}  // namespace serverpulse
