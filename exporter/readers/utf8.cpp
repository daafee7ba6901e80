// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/utf8.h"

#include "base/utf8.h"

namespace serverpulse::exporter {

void assign_utf8(std::string& to, std::string_view text) {
  to.clear();
  bool replaced = false;  // whether `to` ends with the mark of a run that goes on
  while (!text.empty()) {
    const auto length = utf8_sequence(text);
    if (length > 0) {
      to += text.substr(0, length);
      replaced = false;
    } else if (!replaced) {
      to += "\xEF\xBF\xBD";
      replaced = true;
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
}

}  // namespace serverpulse::exporter
