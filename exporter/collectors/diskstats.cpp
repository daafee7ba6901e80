// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// diskstats: what each block device was asked to do, how much it moved and how long that took,
// and, from udev, what it is. Source: /proc/diskstats, Documentation/admin-guide/iostats.rst:
// 11 numbers, 15 with discards since 4.18, 17 with flushes since 5.5; /sys/block/<device>/queue.
// Sectors are of 512 bytes whatever the disk's own are; times are milliseconds. The time of reads
// and writes adds up over requests that wait at once and passes the wall clock, while
// io_time_seconds counts the moments in which there was any, so only its rate is a utilisation.
// discarded_sectors is in sectors, as in node_exporter.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "exporter/collector.h"
#include "exporter/readers/filter_options.h"
#include "exporter/readers/optional_file.h"
#include "exporter/readers/udev.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr double kOne = 1;
constexpr double kSectorBytes = 512;
constexpr double kSecondsPerTick = 0.001;

struct Column {
  metrics::Metric<1> metric;
  double factor;
};
// In the order of the file.
constexpr std::array<Column, 17> kColumns{{
    {metrics::counter("node_disk_reads_completed_total",
                      "The total number of reads completed successfully.", "device"),
     kOne},
    {metrics::counter("node_disk_reads_merged_total", "The total number of reads merged.",
                      "device"),
     kOne},
    {metrics::counter("node_disk_read_bytes_total", "The total number of bytes read successfully.",
                      "device"),
     kSectorBytes},
    {metrics::counter("node_disk_read_time_seconds_total",
                      "The total number of seconds spent by all reads.", "device"),
     kSecondsPerTick},
    {metrics::counter("node_disk_writes_completed_total",
                      "The total number of writes completed successfully.", "device"),
     kOne},
    {metrics::counter("node_disk_writes_merged_total", "The number of writes merged.", "device"),
     kOne},
    {metrics::counter("node_disk_written_bytes_total",
                      "The total number of bytes written successfully.", "device"),
     kSectorBytes},
    {metrics::counter("node_disk_write_time_seconds_total",
                      "This is the total number of seconds spent by all writes.", "device"),
     kSecondsPerTick},
    {metrics::gauge("node_disk_io_now", "The number of I/Os currently in progress.", "device"),
     kOne},
    {metrics::counter("node_disk_io_time_seconds_total", "Total seconds spent doing I/Os.",
                      "device"),
     kSecondsPerTick},
    {metrics::counter("node_disk_io_time_weighted_seconds_total",
                      "The weighted # of seconds spent doing I/Os.", "device"),
     kSecondsPerTick},
    {metrics::counter("node_disk_discards_completed_total",
                      "The total number of discards completed successfully.", "device"),
     kOne},
    {metrics::counter("node_disk_discards_merged_total", "The total number of discards merged.",
                      "device"),
     kOne},
    {metrics::counter("node_disk_discarded_sectors_total",
                      "The total number of sectors discarded successfully.", "device"),
     kOne},
    {metrics::counter("node_disk_discard_time_seconds_total",
                      "This is the total number of seconds spent by all discards.", "device"),
     kSecondsPerTick},
    {metrics::counter("node_disk_flush_requests_total",
                      "The total number of flush requests completed successfully", "device"),
     kOne},
    {metrics::counter("node_disk_flush_requests_time_seconds_total",
                      "This is the total number of seconds spent by all flush requests.", "device"),
     kSecondsPerTick},
}};
constexpr std::size_t kLeastColumns = 11;  // partitions had 4 before 2.6.25

constexpr auto kInfo =
    metrics::gauge("node_disk_info", "Info of /sys/block/<block_device>.", "device", "major",
                   "minor", "model", "path", "revision", "rotational", "serial", "wwn");
constexpr auto kFilesystemInfo =
    metrics::gauge("node_disk_filesystem_info", "Info about disk filesystem.", "device", "type",
                   "usage", "uuid", "version");
constexpr auto kMapperInfo =
    metrics::gauge("node_disk_device_mapper_info", "Info about disk device mapper.", "device",
                   "lv_layer", "lv_name", "name", "uuid", "vg_name");

struct AtaColumn {
  metrics::Metric<1> metric;
  UdevDisk::Key key;
};
constexpr std::array<AtaColumn, 3> kAta{{
    {metrics::gauge("node_disk_ata_write_cache", "ATA disk has a write cache.", "device"),
     UdevDisk::id_ata_write_cache},
    {metrics::gauge("node_disk_ata_write_cache_enabled", "ATA disk has its write cache enabled.",
                    "device"),
     UdevDisk::id_ata_write_cache_enabled},
    {metrics::gauge("node_disk_ata_rotation_rate_rpm",
                    "ATA disk rotation rate in RPMs (0 for SSDs).", "device"),
     UdevDisk::id_ata_rotation_rate_rpm},
}};

struct Disk {
  std::string device;
  std::string major;
  std::string minor;
  std::array<std::uint32_t, 2> number{};  // major, minor
  bool ignored = false;
  std::array<std::uint64_t, kColumns.size()> values{};
  std::size_t columns = 0;
  UdevDisk udev;
  bool udev_read = false;
  std::optional<OptionalFile> rotational_file;  // a partition has no queue
  bool rotational = false;
};

bool shown(const Disk& disk) {
  return !disk.ignored && disk.columns >= kLeastColumns;
}

// The serial on the label of the disk, or what comes next to it.
const std::string& serial_of(const UdevDisk& udev) {
  if (!udev[UdevDisk::scsi_ident_serial].empty()) return udev[UdevDisk::scsi_ident_serial];
  if (!udev[UdevDisk::id_serial_short].empty()) return udev[UdevDisk::id_serial_short];
  return udev[UdevDisk::id_serial];
}

class Diskstats final : public Collector {
 public:
  static Result<std::unique_ptr<Collector>> create(const Context& context) {
    auto filter =
        make_filter(context, {"diskstats", "device-include", "device-exclude", "ignored-devices"});
    if (!filter) return fail(filter);
    return std::unique_ptr<Collector>(std::make_unique<Diskstats>(context, std::move(*filter)));
  }

  Diskstats(const Context& context, DeviceFilter filter)
      : file_(context.host.proc + "/diskstats", KernelFile::Shape::records),
        block_(context.host.sys + "/block/"),
        filter_(std::move(filter)),
        udev_(context.host.udev, *context.host.clock) {}

  Status collect(metrics::Sink& out) override {
    const auto text = file_.read();
    if (!text) return fail(text);
    count_ = 0;
    for (const auto line : Lines(*text)) {
      if (const auto parsed = parse(line); !parsed) return parsed;
    }
    describe();
    emit_columns(out);
    emit_info(out);
    emit_ata(out);
    return {};
  }

 private:
  Status parse(std::string_view line) {
    Fields fields(line);
    const auto major = fields.next<std::uint32_t>();
    const auto minor = fields.next<std::uint32_t>();
    const auto device = fields.word();
    if (!fields.ok()) return malformed(line);
    if (count_ == disks_.size()) disks_.emplace_back();
    auto& disk = disks_[count_];
    if (disk.device != device || disk.number[0] != major || disk.number[1] != minor) {
      begin(disk, device, major, minor);
    }
    disk.columns = 0;
    while (!disk.ignored && disk.columns < kColumns.size() && fields.more()) {
      disk.values[disk.columns++] = fields.next<std::uint64_t>();
    }
    if (!fields.ok()) return malformed(line);
    ++count_;
    return {};
  }

  [[nodiscard]] Status malformed(std::string_view line) const {
    return fail(file_.path() + ": want major, minor, device and numbers, found " + excerpt(line));
  }

  void begin(Disk& disk, std::string_view device, std::uint32_t major, std::uint32_t minor) {
    disk = Disk{};
    disk.device.assign(device);
    disk.number = {major, minor};
    disk.major = std::to_string(major);
    disk.minor = std::to_string(minor);
    disk.ignored = filter_.ignores(device);
    if (disk.ignored) return;
    std::string folder(device);  // sysfs has '!' where the name has '/', as in cciss/c0d0
    for (auto& c : folder) {
      if (c == '/') c = '!';
    }
    disk.rotational_file.emplace(block_ + folder + "/queue/rotational", KernelFile::Shape::whole,
                                 128);
  }

  // What does not stand in /proc/diskstats. None of it can make the scrape fail.
  void describe() {
    const bool changed = udev_.changed();
    for (std::size_t i = 0; i < count_; ++i) {
      auto& disk = disks_[i];
      if (!shown(disk)) continue;
      if (changed || !disk.udev_read) {
        udev_.read(disk.number[0], disk.number[1], disk.udev);
        disk.udev_read = true;
      }
      const auto text = disk.rotational_file->read();
      disk.rotational = text && *text && trim(**text) == "1";
    }
  }

  void emit_columns(metrics::Sink& out) const {
    for (std::size_t column = 0; column < kColumns.size(); ++column) {
      auto rows = out.rows(kColumns[column].metric);
      for (std::size_t i = 0; i < count_; ++i) {
        const auto& disk = disks_[i];
        if (!shown(disk) || column >= disk.columns) continue;
        rows.add({disk.device}, static_cast<double>(disk.values[column]) * kColumns[column].factor);
      }
    }
  }

  void emit_info(metrics::Sink& out) const {
    {
      auto rows = out.rows(kInfo);
      for (std::size_t i = 0; i < count_; ++i) {
        const auto& disk = disks_[i];
        if (!shown(disk)) continue;
        rows.add({disk.device, disk.major, disk.minor, disk.udev[UdevDisk::id_model],
                  disk.udev[UdevDisk::id_path], disk.udev[UdevDisk::id_revision],
                  disk.rotational ? "1" : "0", serial_of(disk.udev), disk.udev[UdevDisk::id_wwn]},
                 1);
      }
    }
    {
      auto rows = out.rows(kFilesystemInfo);
      for (std::size_t i = 0; i < count_; ++i) {
        const auto& udev = disks_[i].udev;
        if (udev[UdevDisk::id_fs_type].empty()) continue;
        rows.add({disks_[i].device, udev[UdevDisk::id_fs_type], udev[UdevDisk::id_fs_usage],
                  udev[UdevDisk::id_fs_uuid], udev[UdevDisk::id_fs_version]},
                 1);
      }
    }
    auto rows = out.rows(kMapperInfo);
    for (std::size_t i = 0; i < count_; ++i) {
      const auto& udev = disks_[i].udev;
      if (udev[UdevDisk::dm_name].empty()) continue;
      rows.add({disks_[i].device, udev[UdevDisk::dm_lv_layer], udev[UdevDisk::dm_lv_name],
                udev[UdevDisk::dm_name], udev[UdevDisk::dm_uuid], udev[UdevDisk::dm_vg_name]},
               1);
    }
  }

  void emit_ata(metrics::Sink& out) const {
    for (const auto& column : kAta) {
      auto rows = out.rows(column.metric);
      for (std::size_t i = 0; i < count_; ++i) {
        const auto& udev = disks_[i].udev;
        if (udev[UdevDisk::id_ata].empty()) continue;
        const auto value = parse_number<double>(udev[column.key]);
        if (value) rows.add({disks_[i].device}, *value);
      }
    }
  }

  KernelFile file_;
  std::string block_;
  DeviceFilter filter_;
  UdevData udev_;
  std::vector<Disk> disks_;  // never shrinks, so that a scrape allocates nothing
  std::size_t count_ = 0;
};

constexpr config::Option kOptions[] = {
    {"device-exclude", config::Kind::pattern,
     R"(^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$)",
     "Regexp of diskstats devices to exclude (mutually exclusive to device-include)."},
    {"device-include", config::Kind::pattern, "",
     "Regexp of diskstats devices to include (mutually exclusive to device-exclude)."},
    {"ignored-devices",
     config::Kind::pattern,
     "",
     "DEPRECATED: use device-exclude.",
     {},
     {},
     true}};

}  // namespace

extern constinit const CollectorInfo diskstats{
    "diskstats", "Operations, bytes and times of block devices, and what udev knows of them.", true,
    make<Diskstats>, kOptions};

}  // namespace serverpulse::exporter::collectors
