// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// textfile: metrics that other programs (cron jobs, backup scripts) leave in files <name>.prom, in
// the text exposition format without timestamps. Write a file under another name and rename it, so
// that no half of it is ever read. A broken file is left out whole and sets
// node_textfile_scrape_error; the other files are still given. A script that died leaves its last
// numbers behind for ever: watch node_textfile_mtime_seconds.
// What two files say of one name is merged as prom_merge.h tells. A file may have 16 MiB, all
// together 64 MiB; 4096 files are read. Each scrape lists the folders and looks at the files'
// times.
#include <dirent.h>
#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "exporter/collector.h"
#include "exporter/readers/prom_file.h"
#include "exporter/readers/prom_merge.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kMtime = metrics::gauge("node_textfile_mtime_seconds",
                                       "Unixtime mtime of textfiles successfully read.", "file");
constexpr auto kError = metrics::gauge(
    "node_textfile_scrape_error", "1 if there was an error opening or reading a file, 0 otherwise");

constexpr config::Option kOptions[] = {
    {"directory", config::Kind::texts, "",
     "Folder of *.prom files to read metrics from, may be a glob pattern; may be given "
     "repeatedly."},
};

constexpr std::size_t kMostFiles = 4096;
constexpr int kTooMany = -1;
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

// A list of strings that is made again each scrape without allocating.
class Names {
 public:
  void start() { used_ = 0; }
  void add(std::string_view first, std::string_view second = {}) {
    if (used_ == names_.size()) names_.emplace_back();
    names_[used_].assign(first).append(second);
    ++used_;
  }
  void sort_from(std::size_t begin) {
    std::sort(names_.begin() + static_cast<std::ptrdiff_t>(begin),
              names_.begin() + static_cast<std::ptrdiff_t>(used_));
  }
  [[nodiscard]] std::span<const std::string> all() const { return {names_.data(), used_}; }

 private:
  std::vector<std::string> names_;
  std::size_t used_ = 0;
};

struct Folder {
  std::string path;
  std::string prefix;  // of its files' names, tidied: "/var/lib/metrics/"
  bool again = false;  // an earlier one is the same
  int error = 0;       // of the last listing
};

Folder make_folder(const std::string& path) {
  auto prefix = std::filesystem::path(path + "/").lexically_normal().string();
  if (prefix == "./") prefix.clear();
  return {path, prefix};
}

class Textfile final : public Collector {
 public:
  explicit Textfile(const Context& context)
      : host_(context.host),
        patterns_(context.options.texts("directory")),
        merge_({kMtime.name(), kError.name()}) {}

  Status collect(metrics::Sink& out) override {
    find_folders();
    bool complete = list_files();
    bool changed = follow_list();
    std::size_t bytes = 0;
    for (auto& file : files_) {
      if (file.refresh(*host_.clock, kMostBytes - bytes)) {
        changed = true;
        if (!file.ok()) warn("a file of metrics is left out", file.problem());
      }
      bytes += file.bytes();
      complete = complete && file.ok();
    }
    if (changed) rebuild();
    emit(out, complete && !merge_.help_conflict());
    return {};
  }

 private:
  void find_folders();
  bool list_files();
  int list(const Folder& folder);
  bool follow_list();
  void rebuild();
  void emit(metrics::Sink& out, bool complete) const;
  void warn(std::string_view what, const std::string& why) const {
    if (host_.logger != nullptr)
      host_.logger->warn(what, {{"collector", "textfile"}, {"err", why}});
  }

  Host host_;
  std::vector<std::string> patterns_;
  Names found_;                  // what the patterns matched
  std::vector<Folder> folders_;  // the same
  Names listed_;                 // the files in them, in order
  std::vector<PromFile> files_;
  PromMerge merge_;
};

// A pattern that matches nothing is taken for a folder's name, whose absence is then reported.
void Textfile::find_folders() {
  found_.start();
  for (const auto& pattern : patterns_) {
    if (pattern.empty()) continue;
    glob_t matches{};
    const bool matched = pattern.find_first_of("*?[\\") != std::string::npos &&
                         ::glob(pattern.c_str(), GLOB_NOSORT | GLOB_PERIOD, nullptr, &matches) == 0;
    const auto begin = found_.all().size();
    for (std::size_t i = 0; matched && i < matches.gl_pathc; ++i) {
      const std::string_view path = matches.gl_pathv[i];
      if (!path.ends_with("/.") && !path.ends_with("/..")) found_.add(path);
    }
    ::globfree(&matches);
    if (found_.all().size() == begin) found_.add(pattern);
    found_.sort_from(begin);
  }
  const auto found = found_.all();
  const bool same = std::equal(found.begin(), found.end(), folders_.begin(), folders_.end(),
                               [](const auto& path, const auto& f) { return path == f.path; });
  if (same) return;
  folders_.clear();
  for (const auto& path : found) {
    auto folder = make_folder(path);
    folder.again = std::any_of(folders_.begin(), folders_.end(),
                               [&](const auto& f) { return f.prefix == folder.prefix; });
    folders_.push_back(std::move(folder));
  }
}

// False when a folder could not be read, or there are too many files.
bool Textfile::list_files() {
  bool complete = true;
  listed_.start();
  for (auto& folder : folders_) {
    const int error = folder.again ? 0 : list(folder);
    if (error != 0 && error != folder.error) {
      warn("a folder of metrics cannot be read",
           error == kTooMany ? folder.path + ": want at most 4096 files of all folders, found more"
                             : fail_errno(folder.path, error).value().message);
    }
    folder.error = error;
    complete = complete && error == 0;
  }
  return complete;
}

// The errno of a failure, kTooMany, or 0.
int Textfile::list(const Folder& folder) {
  DIR* const dir = ::opendir(folder.path.c_str());
  if (dir == nullptr) return errno;
  const auto begin = listed_.all().size();
  int error = 0;
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(dir);
    if (entry == nullptr) {
      error = errno;
      break;
    }
    const std::string_view name = entry->d_name;
    if (!name.ends_with(".prom")) continue;
    if (listed_.all().size() == kMostFiles) {
      error = kTooMany;
      break;
    }
    listed_.add(folder.prefix, name);
  }
  ::closedir(dir);
  listed_.sort_from(begin);
  return error;
}

// Makes files_ those that are listed; answers whether they are others than before.
bool Textfile::follow_list() {
  const auto listed = listed_.all();
  const bool same = std::equal(listed.begin(), listed.end(), files_.begin(), files_.end(),
                               [](const auto& path, const auto& f) { return path == f.path(); });
  if (same) return false;
  std::vector<PromFile> files;
  std::unordered_map<std::string_view, PromFile*> old;
  for (auto& file : files_) old.emplace(file.path(), &file);
  for (const auto& path : listed) {
    const auto found = old.find(path);
    if (found == old.end()) {
      files.emplace_back(path);
    } else {
      files.push_back(std::move(*found->second));
    }
  }
  files_ = std::move(files);
  return true;
}

void Textfile::rebuild() {
  std::vector<PromMerge::Part> parts;
  for (const auto& file : files_) {
    if (file.ok()) parts.push_back({file.path(), file.families()});
  }
  merge_.rebuild(parts);
  for (const auto& problem : merge_.problems()) warn("metrics of files do not fit", problem);
}

void Textfile::emit(metrics::Sink& out, bool complete) const {
  merge_.emit(out);
  {
    auto rows = out.rows(kMtime);
    for (const auto& file : files_) {
      if (file.ok()) rows.add({file.path()}, file.mtime_seconds());
    }
  }
  out.add(kError, complete ? 0 : 1);
}

}  // namespace

extern constinit const CollectorInfo textfile{
    "textfile", "Metrics that other programs wrote to files.", true, make<Textfile>, kOptions};

}  // namespace serverpulse::exporter::collectors
