// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// PromFile: one file of metrics that some other program wrote, as it was when last looked at. It
// is parsed again only when its modification time, size or inode changed, so that a scrape costs
// one stat(2). A file's time has the grain of the kernel's tick, so a file that is younger than two
// seconds when it is read is not yet trusted to stand still, and is read again next time.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/stored.h"

namespace serverpulse::exporter {

/// Thread rule: one thread at a time.
class PromFile {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMostSamples = 500'000;

  explicit PromFile(std::string path) : path_(std::move(path)) {}

  /// Looks at the file; more than `room` bytes (and more than kMostBytes) are refused. Answers
  /// whether families() or problem() changed. Allocates nothing when they did not.
  bool refresh(const Clock& clock, std::size_t room);

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Empty unless the file is well-formed, in UTF-8, and bears no timestamps.
  [[nodiscard]] const std::vector<metrics::StoredFamily>& families() const { return families_; }
  /// Why there are no families; empty when all is well.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] bool ok() const { return cause_ == Cause::none; }
  /// Of the families; 0 when there are none.
  [[nodiscard]] std::size_t bytes() const { return ok() ? size_ : 0; }
  /// Unix time, whole seconds. REQUIRES ok().
  [[nodiscard]] double mtime_seconds() const { return static_cast<double>(mtime_.tv_sec); }

 private:
  enum class Cause : std::uint8_t { none, unseen, system, kind, size, name, content };

  [[nodiscard]] bool same(const struct stat& now) const;
  bool refuse(Cause cause, int code, std::string_view why);
  bool load(const Clock& clock, std::size_t room);
  Status parse(std::string_view text);

  std::string path_;
  std::string problem_;
  std::vector<metrics::StoredFamily> families_;
  Cause cause_ = Cause::unseen;
  int code_ = 0;
  bool settled_ = false;  // whether an equal stat(2) means equal content
  timespec mtime_{};
  std::size_t size_ = 0;
  ino_t inode_ = 0;
  dev_t device_ = 0;
};

}  // namespace serverpulse::exporter
