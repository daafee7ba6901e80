// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/watched_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "config/read_file.h"

namespace serverpulse::http {

Result<std::string> read_whole(const std::string& path, std::size_t limit) {
  auto text = config::read_file(path, limit + 1);
  if (text && text->size() > limit) {
    return fail(path + ": want at most " + std::to_string(limit) + " bytes, found more");
  }
  return text;
}

std::string fingerprint(const std::vector<std::string>& paths) {
  std::string out;
  const auto add = [&out](auto number) { out.append(std::to_string(number)).push_back(' '); };
  for (const auto& path : paths) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      add(-errno);
    } else {
      add(status.st_dev);
      add(status.st_ino);
      add(status.st_size);
      add(status.st_mtim.tv_sec);
      add(status.st_mtim.tv_nsec);
      add(status.st_ctim.tv_sec);
      add(status.st_ctim.tv_nsec);
    }
    out.push_back(';');
  }
  return out;
}

std::chrono::nanoseconds last_written(const std::vector<std::string>& paths) {
  std::chrono::nanoseconds last{0};
  for (const auto& path : paths) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) continue;
    last = std::max(last, std::chrono::seconds(status.st_mtim.tv_sec) +
                              std::chrono::nanoseconds(status.st_mtim.tv_nsec));
  }
  return last;
}

}  // namespace serverpulse::http
