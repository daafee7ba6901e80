// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What udev found out about block devices: /run/udev/data/b<major>:<minor>, lines of which
// "E:KEY=value" is a property (the format is systemd's own; udevadm(8) shows it). udev replaces
// a file by renaming a new one over it, which stamps the folder: so one fstat(2) of the folder
// tells that nothing changed, instead of an open, read and close per device.
// The stamp has the granularity of a clock tick: two changes within one have the same stamp, so a
// stamp that was young when the files were read is not trusted.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"

namespace serverpulse::exporter {

/// The properties of a disk that make up node_exporter's families.
struct UdevDisk {
  enum Key : std::uint8_t {
    dm_lv_layer,
    dm_lv_name,
    dm_name,
    dm_uuid,
    dm_vg_name,
    id_ata,
    id_ata_rotation_rate_rpm,
    id_ata_write_cache,
    id_ata_write_cache_enabled,
    id_fs_type,
    id_fs_usage,
    id_fs_uuid,
    id_fs_version,
    id_model,
    id_path,
    id_revision,
    id_serial,
    id_serial_short,
    id_wwn,
    scsi_ident_serial,
    kKeys
  };
  std::array<std::string, kKeys> values;  ///< Empty: not told. UTF-8.

  [[nodiscard]] const std::string& operator[](Key key) const { return values[key]; }
  /// Takes the properties from the text of a data file and forgets all others.
  void parse(std::string_view text);
};

/// Thread rule: one thread at a time.
class UdevData {
 public:
  UdevData(std::string folder, const Clock& clock) : folder_(std::move(folder)), clock_(&clock) {}

  /// Whether any file may have changed since the last call. False too without such a folder.
  bool changed();

  /// What is known of a block device; everything empty when udev has no file for it.
  void read(std::uint32_t major, std::uint32_t minor, UdevDisk& into);

 private:
  std::string folder_;
  const Clock* clock_;
  Fd fd_;
  std::chrono::nanoseconds stamp_{-1};
  bool there_ = false;
  bool trusted_ = false;
  std::string buffer_;
};

}  // namespace serverpulse::exporter
