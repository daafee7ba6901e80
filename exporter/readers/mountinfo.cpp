// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/mountinfo.h"

#include "base/fields.h"

namespace serverpulse::exporter {
namespace {

// Takes the last field off `text`; false when there is no space before it.
bool pop(std::string_view& text, std::string_view& field) {
  const auto at = text.rfind(' ');
  if (at == std::string_view::npos) return false;
  field = text.substr(at + 1);
  text = text.substr(0, at);
  return true;
}

bool lists(std::string_view options, std::string_view wanted) {
  for (Fields words(options, ','); words.more();) {
    if (words.word() == wanted) return true;
  }
  return false;
}

}  // namespace

bool parse_mount_line(std::string_view line, MountLine& out) {
  Fields fields(line, ' ');
  fields.next<std::uint32_t>();  // its id
  fields.next<std::uint32_t>();  // its parent's
  Fields device(fields.word(), ':');
  out.major = device.next<std::uint32_t>();
  out.minor = device.next<std::uint32_t>();
  fields.skip(1);  // the folder of the file system that is mounted
  out.mount_point = fields.word();
  out.options = fields.word();
  if (!fields.ok() || !device.ok() || !out.mount_point.starts_with('/')) return false;
  auto rest = fields.rest();
  if (!pop(rest, out.super_options) || !pop(rest, out.source) || !pop(rest, out.type)) return false;
  return rest == "-" || rest.ends_with(" -");
}

bool is_read_only(const MountLine& mount) {
  return lists(mount.options, "ro") || lists(mount.super_options, "ro") ||
         lists(mount.super_options, "emergency_ro");
}

std::string unescape_mount(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto code = text[i] == '\\' && text.size() - i > 3
                          ? parse_number<unsigned>(text.substr(i + 1, 3), 8)
                          : std::nullopt;
    if (code && *code < 256) {
      out += static_cast<char>(*code);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace serverpulse::exporter
