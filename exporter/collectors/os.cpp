// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// os: which operating system this is, from its os-release file; os-release(5). /etc/os-release is
// looked for first, then /usr/lib/os-release, both below the root of the host. It is an excerpt of
// the shell's language: KEY=value lines, quotes of both kinds, comments; nothing is expanded.
// node_os_version is the leading "major.minor" of VERSION_ID as a number, so 22.04 and 22.4 are
// one; SUPPORT_END is a day, and its timestamp is the midnight (UTC) at which that day begins.
// Package managers replace the file, so each scrape asks for its inode, times and size (stat(2)),
// and reads it again when one of them is another.
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"
#include "exporter/readers/os_release.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kInfo = metrics::gauge(
    "node_os_info",
    "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, "
    "name, pretty_name, variant, variant_id, version, version_codename, version_id.",
    "build_id", "id", "id_like", "image_id", "image_version", "name", "pretty_name", "variant",
    "variant_id", "version", "version_codename", "version_id");
constexpr auto kVersion =
    metrics::gauge("node_os_version", "Metric containing the major.minor part of the OS version.",
                   "id", "id_like", "name");
constexpr auto kSupportEnd =
    metrics::gauge("node_os_support_end_timestamp_seconds",
                   "Metric containing the end-of-life date timestamp of the OS.");

class Os final : public Collector {
 public:
  explicit Os(const Host& host) : Os(host.root == "/" ? std::string() : host.root) {}

  Status collect(metrics::Sink& out) override {
    if (const auto done = read(); !done) return done;
    const auto version = leading_version(release_["VERSION_ID"]);
    const auto& end = release_["SUPPORT_END"];
    const auto end_seconds = end.empty() ? 0.0 : midnight_of(end);
    if (!end_seconds) {
      return fail(*path_ + ": SUPPORT_END: want YYYY-MM-DD, found " + excerpt(end));
    }
    emit_info(out);
    if (version > 0) {
      auto rows = out.rows(kVersion);
      rows.add({release_["ID"], release_["ID_LIKE"], release_["NAME"]}, version);
    }
    if (!end.empty()) out.add(kSupportEnd, *end_seconds);
    return {};
  }

 private:
  explicit Os(const std::string& root)
      : files_{KernelFile(root + "/etc/os-release", KernelFile::Shape::whole, 1024),
               KernelFile(root + "/usr/lib/os-release", KernelFile::Shape::whole, 1024)} {}

  // Fills release_ from the first of the files that exists.
  Status read() {
    struct stat now {};
    const bool first = ::stat(files_[0].path().c_str(), &now) == 0;
    auto& file = files_[first ? 0 : 1];
    if (!first && ::stat(file.path().c_str(), &now) != 0) return fail_errno(file.path(), errno);
    if (path_ == &file.path() && same(now, seen_)) return {};
    path_ = nullptr;
    file.close();
    const auto text = file.read();
    if (!text) return fail(text);
    if (auto parsed = release_.parse(*text, file.path()); !parsed) return parsed;
    path_ = &file.path();
    seen_ = now;
    return {};
  }

  static bool same(const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  }
  static bool same(const struct stat& a, const struct stat& b) {
    return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == b.st_size &&
           same(a.st_mtim, b.st_mtim) && same(a.st_ctim, b.st_ctim);
  }

  void emit_info(metrics::Sink& out) {
    auto rows = out.rows(kInfo);
    rows.add({release_["BUILD_ID"], release_["ID"], release_["ID_LIKE"], release_["IMAGE_ID"],
              release_["IMAGE_VERSION"], release_["NAME"], release_["PRETTY_NAME"],
              release_["VARIANT"], release_["VARIANT_ID"], release_["VERSION"],
              release_["VERSION_CODENAME"], release_["VERSION_ID"]},
             1);
  }

  std::array<KernelFile, 2> files_;
  OsRelease release_;
  const std::string* path_ = nullptr;  // of the file that release_ was read from
  struct stat seen_ {};                // that file, just before it was read
};

}  // namespace

extern constinit const CollectorInfo os{"os", "Operating system, from os-release(5).", true,
                                        make<Os>};

}  // namespace serverpulse::exporter::collectors
