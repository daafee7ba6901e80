// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "tests/metrics/agree.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <set>

#include "base/fields.h"
#include "base/utf8.h"
#include "metrics/encoder.h"
#include "metrics/naming.h"
#include "metrics/recording.h"
#include "tests/metrics/decode.h"

namespace serverpulse::metrics_test {
namespace {

using metrics::Format;
using metrics::RecordingSink;
using metrics::Type;

using Complaints = std::vector<std::string>;

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool same(const std::optional<Exemplar>& a, const std::optional<Exemplar>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->labels == b->labels && same(a->value, b->value) &&
         std::abs(a->timestamp_seconds - b->timestamp_seconds) < 1e-6;
}

void compare(const std::string& format, const Exposition& wanted, const Exposition& found,
             Complaints& out) {
  if (wanted.series.size() != found.series.size()) {
    out.push_back(format + ": " + std::to_string(found.series.size()) + " samples, text has " +
                  std::to_string(wanted.series.size()));
    return;
  }
  for (std::size_t i = 0; i < wanted.series.size(); ++i) {
    const auto& a = wanted.series[i];
    const auto& b = found.series[i];
    if (a.identity() != b.identity() || a.labels != b.labels) {
      out.push_back(format + ": " + b.identity() + ", text has " + a.identity());
    } else if (!same(a.value, b.value)) {
      out.push_back(format + ": " + b.identity() + " is " + std::to_string(b.value) +
                    ", text has " + std::to_string(a.value));
    } else if (a.timestamp_ms != b.timestamp_ms) {
      out.push_back(format + ": " + b.identity() + " has another timestamp than in text");
    }
  }
}

// As every format should say it: U+FFFD for each run of bytes that are not UTF-8.
std::string mended(std::string_view text) {
  std::string out;
  for (bool in_run = false; !text.empty();) {
    const auto length = utf8_sequence(text);
    if (length == 0 && !in_run) out += "\xef\xbf\xbd";
    in_run = length == 0;
    out += text.substr(0, length);
    text.remove_prefix(in_run ? 1 : length);
  }
  return out;
}

// The recording as the text format should say it.
void compare_values(const RecordingSink& recording, const Exposition& text, Complaints& out) {
  std::size_t at = 0;
  for (const auto& [family, names] : recording.families()) {
    if (family.type == Type::histogram || family.type == Type::summary) return;
    for (const auto& sample : family.samples) {
      if (at >= text.series.size()) return;
      const auto& series = text.series[at++];
      Labels labels;
      for (const auto& label : sample.labels) labels[label.name] = mended(label.value);
      if (series.name != family.name || series.labels != labels) {
        out.push_back("text: " + series.identity() + " is not what was given");
      } else if (!same(series.value, sample.value)) {
        out.push_back("text: " + series.identity() + " lost its value");
      }
    }
  }
}

const char* wanted_type(Type type, Format format) {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::histogram:
      return "histogram";
    case Type::summary:
      return "summary";
    case Type::info:
      return format == Format::openmetrics ? "info" : "gauge";
    case Type::stateset:
      return format == Format::openmetrics ? "stateset" : "gauge";
    case Type::gauge:
      return "gauge";
    case Type::unknown:
      break;
  }
  return format == Format::openmetrics ? "unknown" : "untyped";
}

void compare_declared(Format format, const RecordingSink& recording, const Exposition& found,
                      Complaints& out) {
  for (const auto& recorded : recording.families()) {
    const auto& family = recorded.family;
    if (family.samples.empty()) continue;
    std::vector<std::string_view> names(recorded.label_names.begin(), recorded.label_names.end());
    const auto naming = metrics::openmetrics_naming(
        metrics::Family{family.name, *family.help, family.type, names, family.unit});
    const bool open = format == Format::openmetrics;
    const auto at = found.families.find(open ? std::string(naming.name) : family.name);
    if (at == found.families.end()) {
      out.push_back(family.name + " is not declared");
      continue;
    }
    if (at->second.help != mended(*family.help)) out.push_back(family.name + ": another HELP");
    const std::string type = wanted_type(open ? naming.type : family.type, format);
    if (at->second.type != type) out.push_back(family.name + ": TYPE " + at->second.type);
    if (format != Format::text && at->second.unit != naming.unit) {
      out.push_back(family.name + ": UNIT " + at->second.unit);
    }
  }
}

void check_families(const RecordingSink& recording, Complaints& out) {
  std::set<std::string> seen;
  for (const auto& [family, names] : recording.families()) {
    if (!metrics::is_metric_name(family.name)) out.push_back(excerpt(family.name) + " is no name");
    if (!seen.insert(family.name).second) out.push_back(family.name + " was given twice");
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!metrics::is_label_name(names[i])) {
        out.push_back(family.name + ": " + excerpt(names[i]) + " is no label name");
      }
      if (i > 0 && names[i] <= names[i - 1]) out.push_back(family.name + ": labels not sorted");
    }
  }
}

Result<Exposition> through(Format format, const RecordingSink& recording) {
  const auto encoder = metrics::make_encoder(format);
  recording.replay(*encoder);
  const auto bytes = encoder->bytes() + std::string(encoder->trailer());
  switch (format) {
    case Format::openmetrics:
      return decode_openmetrics(bytes);
    case Format::protobuf:
      return decode_protobuf(bytes);
    case Format::text:
      break;
  }
  return decode_text(bytes);
}

}  // namespace

std::vector<std::string> disagreements(const std::function<void(metrics::Sink&)>& give) {
  RecordingSink recording;
  give(recording);
  Complaints out = recording.misuses();
  check_families(recording, out);
  if (!out.empty()) return out;
  const auto text = through(Format::text, recording);
  const auto open = through(Format::openmetrics, recording);
  const auto binary = through(Format::protobuf, recording);
  for (const auto* decoded : {&text, &open, &binary}) {
    if (!*decoded) out.push_back("does not decode: " + decoded->error().message);
  }
  if (!out.empty()) return out;
  std::set<std::string> seen;
  for (const auto& series : text->series) {
    if (!seen.insert(series.identity()).second) out.push_back(series.identity() + " twice");
  }
  compare_values(recording, *text, out);
  compare("OpenMetrics", *text, *open, out);
  compare("protobuf", *text, *binary, out);
  compare_declared(Format::text, recording, *text, out);
  compare_declared(Format::openmetrics, recording, *open, out);
  compare_declared(Format::protobuf, recording, *binary, out);
  for (std::size_t i = 0; i < open->series.size() && i < binary->series.size(); ++i) {
    // OpenMetrics knows no exemplars of what it must call unknown.
    const auto declared = open->families.find(open->series[i].name);
    if (declared != open->families.end() && declared->second.type == "unknown") continue;
    if (!same(open->series[i].exemplar, binary->series[i].exemplar)) {
      out.push_back(open->series[i].identity() + ": the exemplars differ");
    }
  }
  return out;
}

void expect_encoders_agree(const std::function<void(metrics::Sink&)>& give) {
  for (const auto& sentence : disagreements(give)) ADD_FAILURE() << sentence;
}

}  // namespace serverpulse::metrics_test
