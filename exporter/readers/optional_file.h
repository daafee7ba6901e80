// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// OptionalFile: a KernelFile that some kernels do not have (IPv6 compiled out, pressure information
// switched off) and that may come later (a module is loaded). Asking for it costs one access(2)
// at each scrape and allocates nothing, where a failed open would make an error to throw away.
#pragma once

#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/kernel_file.h"

namespace serverpulse::exporter {

/// Thread rule: one thread at a time.
class OptionalFile {
 public:
  explicit OptionalFile(std::string path, KernelFile::Shape shape = KernelFile::Shape::stream,
                        std::size_t first_size = 4096)
      : file_(std::move(path), shape, first_size) {}

  /// The text as from KernelFile::read(); nothing where this host has no such file.
  Result<std::optional<std::string_view>> read() {
    if (!found_ && ::access(file_.path().c_str(), F_OK) != 0) return std::nullopt;
    const auto text = file_.read();
    found_ = text.has_value();
    if (text) return *text;
    if (text.error().kind == Error::Kind::unavailable) return std::nullopt;
    return fail(text);
  }

  [[nodiscard]] const std::string& path() const { return file_.path(); }

 private:
  KernelFile file_;
  bool found_ = false;  // so the descriptor is open
};

}  // namespace serverpulse::exporter
