// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// LineEncoder: what the two text formats share, `name{label="value",…} number`. The bytes that all
// samples of a family have in common are put together once, when it begins: with two labels,
//   node_cpu_seconds_total{cpu="   ",mode="   "}
// so that a sample costs one copy for each of its labels and one for its value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/encoder.h"

namespace serverpulse::metrics {

/// The label that a histogram's or summary's sample has besides; an empty name: none.
struct Bound {
  std::string_view name;
  double value = 0;
};

class LineEncoder : public Encoder {
 protected:
  /// Puts the family's common bytes together. Its strings must live until end().
  void prepare(const Family& family);
  /// "# HELP name text\n"; the text format leaves quotes as they are, OpenMetrics escapes them.
  void help_line(std::string_view name, std::string_view help, bool quotes);
  /// "# TYPE name type\n".
  void type_line(std::string_view name, std::string_view type);

  /// `name{…} value` of the family's own name, without what may follow the value.
  void plain(LabelValues labels, double value);
  /// The same with another name: `base` and `suffix`, and perhaps a bound.
  void suffixed(std::string_view base, std::string_view suffix, LabelValues labels,
                const Bound& bound, double value);

  /// Appends a label value or HELP text with \\ and \n (and \" where `quotes`) escaped, and what is
  /// not UTF-8 replaced.
  void append_escaped(std::string_view text, bool quotes);

  [[nodiscard]] const Family& family() const { return family_; }

 private:
  void label_values(LabelValues labels);

  Family family_;
  std::string pieces_;               // name{first=" then ",second=" and so on
  std::vector<std::uint32_t> ends_;  // of each piece within pieces_
  std::string mended_;               // a text that was not UTF-8
};

}  // namespace serverpulse::metrics
