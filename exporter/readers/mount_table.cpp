// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/mount_table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/fields.h"
#include "exporter/readers/utf8.h"

namespace serverpulse::exporter {
namespace {

// File systems without a disk: statfs(2) takes numbers from memory and waits for no one.
constexpr std::string_view kMemoryTypes[] = {
    "bpf",      "cgroup",     "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs",
    "efivarfs", "hugetlbfs",  "mqueue",  "nsfs",     "proc",    "pstore", "ramfs",
    "rootfs",   "securityfs", "sysfs",   "tmpfs",    "tracefs"};

// File systems on a disk of this host. The disk may be far away and dead all the same (iSCSI, NBD,
// multipath), but looking up what is mounted below asks it nothing: mount points stay in memory.
constexpr std::string_view kLocalTypes[] = {"btrfs",   "erofs",    "exfat", "ext2",
                                            "ext3",    "ext4",     "f2fs",  "iso9660",
                                            "overlay", "squashfs", "vfat",  "xfs"};

template <std::size_t N>
bool is_one_of(const std::string_view (&types)[N], std::string_view type) {
  return std::find(std::begin(types), std::end(types), type) != std::end(types);
}

bool lies_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) &&
         (folder == "/" || path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

MountTable::MountTable(std::string root, DeviceFilter points, DeviceFilter types)
    : root_(std::move(root)), points_(std::move(points)), types_(std::move(types)) {
  while (root_.ends_with('/')) root_.pop_back();
}

Result<bool> MountTable::update(std::string_view text, std::string_view where) {
  if (!text_.empty() && text == text_) return false;
  text_.clear();
  mounts_.clear();
  if (const auto parsed = parse(text, where); !parsed) {
    mounts_.clear();
    return fail(parsed);
  }
  text_.assign(text);
  return true;
}

Status MountTable::parse(std::string_view text, std::string_view where) {
  std::vector<std::string> remote;  // where a mount lies that may not answer
  std::set<std::string> seen;
  std::set<std::string> seen_info;
  for (const auto line : Lines(text)) {
    MountLine fields;
    if (!parse_mount_line(line, fields)) {
      return fail(std::string(where) + ": want six fields, \" - \" and three, found " +
                  excerpt(line));
    }
    auto mount = make(fields);
    mount.may_block = !is_one_of(kMemoryTypes, fields.type);
    if (mount.may_block && !is_one_of(kLocalTypes, fields.type)) remote.push_back(mount.path);
    if (points_.ignores(mount.mount_point) || types_.ignores(mount.type)) continue;
    const auto key = mount.device + '\0' + mount.mount_point;
    if (!seen.insert(key + '\0' + mount.type).second) continue;
    mount.first_info = seen_info.insert(key + '\0' + mount.major + ':' + mount.minor).second;
    mounts_.push_back(std::move(mount));
  }
  for (auto& mount : mounts_) {
    mount.may_block =
        mount.may_block || std::any_of(remote.begin(), remote.end(), [&](const auto& folder) {
          return lies_below(mount.path, folder);
        });
  }
  return {};
}

Mount MountTable::make(const MountLine& line) const {
  Mount mount;
  const auto path = inside_root(unescape_mount(line.mount_point));
  auto label = inside_root(std::string(line.mount_point));
  for (const auto& [escape, plain] : {std::pair{"\\040", ' '}, std::pair{"\\011", '\t'}}) {
    for (std::size_t at = 0; (at = label.find(escape, at)) != std::string::npos; ++at) {
      label.replace(at, 4, 1, plain);
    }
  }
  assign_utf8(mount.device, line.source);
  assign_utf8(mount.mount_point, label);
  assign_utf8(mount.type, line.type);
  mount.major = std::to_string(line.major);
  mount.minor = std::to_string(line.minor);
  mount.read_only = is_read_only(line);
  mount.path = path == "/" && !root_.empty() ? root_ : root_ + path;
  return mount;
}

// A mount point as the host names it, when its root is mounted at --path.rootfs.
std::string MountTable::inside_root(std::string path) const {
  if (root_.empty() || !lies_below(path, root_)) return path;
  path.erase(0, root_.size());
  return path.empty() ? "/" : path;
}

}  // namespace serverpulse::exporter
