// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The input is an os-release file. Whatever it is, it is refused or gives variables, twice alike,
// and what is computed from them is in range.
#include "exporter/readers/os_release.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serverpulse::exporter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  OsRelease first;
  OsRelease again;
  const bool taken = first.parse(text, "f").has_value();
  static_cast<void>(again.parse("VERSION_ID=1\nNAME=left over\n", "f"));
  if (again.parse(text, "f").has_value() != taken) std::abort();
  if (!taken) return 0;
  for (const auto* key : {"NAME", "ID", "VERSION_ID", "SUPPORT_END"}) {
    if (first[key] != again[key] || first[key].size() > size) std::abort();
  }
  if (!(leading_version(first["VERSION_ID"]) >= 0)) std::abort();
  const auto end = midnight_of(first["SUPPORT_END"]);
  if (end && std::fmod(*end, 86400) != 0) std::abort();
  return 0;
}
