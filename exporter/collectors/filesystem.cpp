// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// filesystem: size and free space of what is mounted. Sources: /proc/1/mountinfo
// (proc_pid_mountinfo(5)), since process 1 sees the host's mounts where we may not, and statfs(2).
// It is read at each scrape although poll(2) would tell of changes: ext4 that stops writing after
// an error ("ro", "emergency_ro") changes its line without telling. An unchanged text is not
// parsed again.
// statfs(2) on a dead file server or a hung FUSE daemon never returns. So only mounts whose answer
// comes from the kernel's memory, and which lie on a path of nothing but such mounts, are asked on
// the scrape's own thread; all others go to a StatfsPool. One that does not answer within
// mount-timeout (less a tenth, so that a dead-line of the same length on the whole collector is
// kept) is reported by node_filesystem_device_error with the label device_error="mountpoint
// timeout", and costs nothing until it answers again.
// Measured on 20 mounts, all local: 9 µs for all their statfs(2) inline; handing them to another
// thread and back adds 20 to 60 µs of which most is CPU, more than the calls themselves.
// Surprises: avail is what users other than root may take, free includes root's reserve; a mount
// that hides another at the same place answers for both.
#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"
#include "exporter/readers/filter_options.h"
#include "exporter/readers/mountinfo.h"
#include "exporter/readers/statfs_pool.h"
#include "exporter/readers/utf8.h"

namespace serverpulse::exporter::collectors {
namespace {

consteval auto family(std::string_view name, std::string_view help) {
  return metrics::gauge(name, help, "device", "device_error", "fstype", "mountpoint");
}
constexpr auto kDeviceError =
    family("node_filesystem_device_error",
           "Whether an error occurred while getting statistics for the given device.");
constexpr auto kReadOnly = family("node_filesystem_readonly", "Filesystem read-only status.");
constexpr auto kMountInfo =
    metrics::gauge("node_filesystem_mount_info", "Filesystem mount information.", "device", "major",
                   "minor", "mountpoint");

struct Size {
  metrics::Metric<4> metric;
  double (*value)(const struct statfs&);
};
double blocks(const struct statfs& of, unsigned long count) {
  return static_cast<double>(count) * static_cast<double>(of.f_bsize);
}
constexpr std::array<Size, 6> kSizes{{
    {family("node_filesystem_size_bytes", "Filesystem size in bytes."),
     [](const struct statfs& s) { return blocks(s, s.f_blocks); }},
    {family("node_filesystem_free_bytes", "Filesystem free space in bytes."),
     [](const struct statfs& s) { return blocks(s, s.f_bfree); }},
    {family("node_filesystem_avail_bytes",
            "Filesystem space available to non-root users in bytes."),
     [](const struct statfs& s) { return blocks(s, s.f_bavail); }},
    {family("node_filesystem_files", "Filesystem total file nodes."),
     [](const struct statfs& s) { return static_cast<double>(s.f_files); }},
    {family("node_filesystem_files_free", "Filesystem total free file nodes."),
     [](const struct statfs& s) { return static_cast<double>(s.f_ffree); }},
    {family("node_filesystem_purgeable_bytes",
            "Filesystem space available including purgeable space (MacOS specific)."),
     [](const struct statfs&) { return 0.0; }},
}};

// File systems whose statfs(2) takes numbers from memory and waits for no one. vfat counts its
// free clusters on the first call after mounting, from a local disk.
constexpr std::string_view kLocalTypes[] = {
    "btrfs",   "cgroup",  "cgroup2", "debugfs", "devpts",     "devtmpfs", "erofs",
    "exfat",   "ext2",    "ext3",    "ext4",    "f2fs",       "iso9660",  "mqueue",
    "overlay", "proc",    "ramfs",   "rootfs",  "securityfs", "squashfs", "sysfs",
    "tmpfs",   "tracefs", "vfat",    "xfs"};

struct Mount {
  std::string device;
  std::string mount_point;
  std::string type;
  std::string major;
  std::string minor;
  std::string path;  // for statfs(2): below the root folder, without escapes
  bool read_only = false;
  bool first_info = false;                 // not a repetition of another's mount_info
  std::shared_ptr<StatfsPool::Call> call;  // null: asked inline
  struct statfs sizes {};
  std::string error;  // empty: sizes are good
};

bool lies_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) &&
         (folder == "/" || path.size() == folder.size() || path[folder.size()] == '/');
}

// The system's sentence as Go's syscall.Errno spells it, which is what node_exporter's label has.
void assign_error(std::string& to, std::string_view message, std::string_view path) {
  if (const auto at = message.find(path); at != std::string_view::npos) {
    message.remove_prefix(std::min(at + path.size() + 2, message.size()));  // "statfs PATH: "
  }
  if (message == "Stale file handle") message = "stale NFS file handle";
  to.assign(message);
  if (!to.empty()) to[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(to[0])));
}

class Filesystem final : public Collector {
 public:
  static Result<std::unique_ptr<Collector>> create(const Context& context) {
    auto points = make_filter(context, {"filesystem", "mount-points-include",
                                        "mount-points-exclude", "ignored-mount-points"});
    if (!points) return fail(points);
    auto types = make_filter(
        context, {"filesystem", "fs-types-include", "fs-types-exclude", "ignored-fs-types"});
    if (!types) return fail(types);
    return std::unique_ptr<Collector>(
        std::make_unique<Filesystem>(context, std::move(*points), std::move(*types)));
  }

  Filesystem(const Context& context, DeviceFilter points, DeviceFilter types)
      : root_(context.host.root),
        kernel_(context.host.kernel),
        init_file_(context.host.proc + "/1/mountinfo"),
        self_file_(context.host.proc + "/self/mountinfo"),
        points_(std::move(points)),
        types_(std::move(types)),
        pool_(*context.host.kernel,
              static_cast<std::size_t>(
                  std::clamp<std::int64_t>(context.options.integer("stat-workers"), 1, 64)),
              context.options.duration("mount-timeout") * 9 / 10) {
    while (root_.ends_with('/')) root_.pop_back();
  }

  Status collect(metrics::Sink& out) override {
    const auto text = read_mounts();
    if (!text) return fail(text);
    if (*text != text_) {
      text_.clear();  // so that a text that is refused is refused again
      if (const auto parsed = parse(*text); !parsed) return parsed;
      text_.assign(*text);
    }
    ask();
    emit(out);
    return {};
  }

 private:
  // Those of process 1, which hidepid= and lesser rights may keep from us: then our own.
  Result<std::string_view> read_mounts() {
    if (!use_self_) {
      auto text = init_file_.read();
      if (text) return text;
      auto own = self_file_.read();
      if (!own) return text;
      use_self_ = true;
      return own;
    }
    auto own = self_file_.read();
    if (!own) use_self_ = false;
    return own;
  }

  Status parse(std::string_view text) {
    mounts_.clear();
    std::vector<std::string> remote;  // where a mount lies that may not answer
    std::set<std::string> seen;
    std::set<std::string> seen_info;
    for (const auto line : Lines(text)) {
      MountLine fields;
      if (!parse_mount_line(line, fields)) {
        return fail((use_self_ ? self_file_ : init_file_).path() +
                    ": want six fields, \" - \" and three, found " + excerpt(line));
      }
      if (std::find(std::begin(kLocalTypes), std::end(kLocalTypes), fields.type) ==
          std::end(kLocalTypes)) {
        remote.push_back(inside_root(unescape_mount(fields.mount_point)));
      }
      auto mount = make_mount(fields);
      if (points_.ignores(mount.mount_point) || types_.ignores(mount.type)) continue;
      const auto key = mount.device + '\0' + mount.mount_point;
      if (!seen.insert(key + '\0' + mount.type).second) continue;
      mount.first_info = seen_info.insert(key + '\0' + mount.major + ':' + mount.minor).second;
      mounts_.push_back(std::move(mount));
    }
    assign_calls(remote);
    return {};
  }

  Mount make_mount(const MountLine& fields) const {
    Mount mount;
    auto path = inside_root(unescape_mount(fields.mount_point));
    // node_exporter's label: of the kernel's escapes, the space and the tab are undone.
    auto label = inside_root(std::string(fields.mount_point));
    for (const auto& [escape, plain] : {std::pair{"\\040", ' '}, std::pair{"\\011", '\t'}}) {
      for (std::size_t at = 0; (at = label.find(escape, at)) != std::string::npos; ++at) {
        label.replace(at, 4, 1, plain);
      }
    }
    assign_utf8(mount.device, fields.source);
    assign_utf8(mount.mount_point, label);
    assign_utf8(mount.type, fields.type);
    mount.major = std::to_string(fields.major);
    mount.minor = std::to_string(fields.minor);
    mount.read_only = is_read_only(fields);
    mount.path = root_.empty() ? std::move(path) : path == "/" ? root_ : root_ + path;
    return mount;
  }

  // A mount point as the host names it, when its root is mounted at --path.rootfs.
  [[nodiscard]] std::string inside_root(std::string path) const {
    if (root_.empty() || !lies_below(path, root_)) return path;
    path.erase(0, root_.size());
    return path.empty() ? "/" : path;
  }

  void assign_calls(const std::vector<std::string>& remote) {
    calls_.clear();
    for (auto& mount : mounts_) {
      const auto path = inside_root(mount.path);
      const bool waits = std::any_of(remote.begin(), remote.end(),
                                     [&](const auto& folder) { return lies_below(path, folder); });
      if (!waits) continue;
      const auto same = std::find_if(calls_.begin(), calls_.end(), [&](const auto& call) {
        return StatfsPool::path(*call) == mount.path;
      });
      mount.call = same != calls_.end() ? *same : pool_.call(mount.path);
      if (same == calls_.end()) calls_.push_back(mount.call);
    }
  }

  void ask() {
    if (!calls_.empty()) pool_.begin(calls_);
    for (auto& mount : mounts_) {
      if (!mount.call) take(mount, kernel_->statfs(mount.path));
    }
    if (calls_.empty()) return;
    pool_.finish();
    for (auto& mount : mounts_) {
      if (!mount.call) continue;
      if (const auto* const answer = StatfsPool::answer(*mount.call)) {
        take(mount, *answer);
      } else {
        mount.error = "mountpoint timeout";
      }
    }
  }

  static void take(Mount& mount, const Result<struct statfs>& answer) {
    mount.error.clear();
    if (answer) {
      mount.sizes = *answer;
    } else {
      assign_error(mount.error, answer.error().message, mount.path);
    }
  }

  void emit(metrics::Sink& out) const {
    {
      auto rows = out.rows(kDeviceError);
      for (const auto& m : mounts_) {
        rows.add({m.device, m.error, m.type, m.mount_point}, m.error.empty() ? 0 : 1);
      }
    }
    {
      auto rows = out.rows(kReadOnly);
      for (const auto& m : mounts_) {
        rows.add({m.device, m.error, m.type, m.mount_point}, m.read_only ? 1 : 0);
      }
    }
    for (const auto& size : kSizes) {
      auto rows = out.rows(size.metric);
      for (const auto& m : mounts_) {
        if (!m.error.empty()) continue;
        rows.add({m.device, m.error, m.type, m.mount_point}, size.value(m.sizes));
      }
    }
    auto rows = out.rows(kMountInfo);
    for (const auto& m : mounts_) {
      if (m.error.empty() && m.first_info) rows.add({m.device, m.major, m.minor, m.mount_point}, 1);
    }
  }

  std::string root_;  // without a slash at its end; empty for "/"
  Kernel* kernel_;
  KernelFile init_file_;
  KernelFile self_file_;
  bool use_self_ = false;
  DeviceFilter points_;
  DeviceFilter types_;
  std::string text_;  // of which mounts_ are made
  std::vector<Mount> mounts_;
  StatfsPool pool_;
  std::vector<std::shared_ptr<StatfsPool::Call>> calls_;
};

constexpr config::Option kOptions[] = {
    {"mount-points-exclude", config::Kind::pattern,
     "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)",
     "Regexp of mount points to exclude (mutually exclusive to mount-points-include)."},
    {"mount-points-include", config::Kind::pattern, "",
     "Regexp of mount points to include (mutually exclusive to mount-points-exclude)."},
    {"ignored-mount-points",
     config::Kind::pattern,
     "",
     "DEPRECATED: use mount-points-exclude.",
     {},
     {},
     true},
    {"fs-types-exclude", config::Kind::pattern,
     "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|"
     "mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|"
     "tracefs)$",
     "Regexp of filesystem types to exclude (mutually exclusive to fs-types-include)."},
    {"fs-types-include", config::Kind::pattern, "",
     "Regexp of filesystem types to include (mutually exclusive to fs-types-exclude)."},
    {"ignored-fs-types",
     config::Kind::pattern,
     "",
     "DEPRECATED: use fs-types-exclude.",
     {},
     {},
     true},
    {"mount-timeout", config::Kind::duration, "5s",
     "How long to wait for a mount to respond before marking it as stale."},
    {"stat-workers", config::Kind::integer, "4",
     "How many stat calls to process simultaneously (1 to 64)."}};

}  // namespace

extern constinit const CollectorInfo filesystem{
    "filesystem", "Sizes, free space and states of mounted file systems.", true, make<Filesystem>,
    kOptions};

}  // namespace serverpulse::exporter::collectors
