// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/readers/named_rows.h"

namespace serverpulse::exporter {

std::optional<metrics::NamedFamily> NamedRows::first_of_its_name(
    std::optional<metrics::NamedFamily> family) const {
  if (!family) return std::nullopt;
  for (const auto& row : rows_) {
    if (row.family && row.family->name() == family->name()) return std::nullopt;
  }
  return family;
}

void NamedRows::emit(metrics::Sink& out) const {
  for (std::size_t i = 0; i < used_; ++i) {
    if (rows_[i].family) out.add(*rows_[i].family, rows_[i].value);
  }
}

void append_metric_name(std::string& out, std::string_view name) {
  for (const char c : name) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += allowed ? c : '_';
  }
}

}  // namespace serverpulse::exporter
