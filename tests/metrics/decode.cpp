// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "tests/metrics/decode.h"

#include <google/protobuf/io/coded_stream.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "base/fields.h"
#include "tests/metrics/metrics.pb.h"

namespace serverpulse::metrics_test {
namespace {

namespace pb = io::prometheus::client;

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      out += text[i] == 'n' ? '\n' : text[i];
    } else {
      out += text[i];
    }
  }
  return out;
}

// Reads {name="value",…} off the front of `rest`.
Status read_labels(std::string_view& rest, Labels& labels) {
  rest.remove_prefix(1);
  while (!rest.empty() && rest.front() != '}') {
    const auto equals = rest.find("=\"");
    if (equals == std::string_view::npos) return fail("no =\" in " + std::string(rest));
    const std::string name(rest.substr(0, equals));
    rest.remove_prefix(equals + 2);
    std::size_t end = 0;
    while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
    if (end >= rest.size()) return fail("no closing quote");
    if (!labels.emplace(name, unescaped(rest.substr(0, end))).second) {
      return fail("label " + name + " twice");
    }
    rest.remove_prefix(end + 1);
    if (!rest.empty() && rest.front() == ',') rest.remove_prefix(1);
  }
  if (rest.empty()) return fail("no }");
  rest.remove_prefix(1);
  return {};
}

Result<double> read_number(std::string_view& rest) {
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  const std::string copy(word);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0') return fail("not a number: " + copy);
  return value;
}

Status read_exemplar(std::string_view rest, std::optional<Exemplar>& out) {
  if (!rest.starts_with("# {")) return fail("unexpected after the sample: " + std::string(rest));
  rest.remove_prefix(2);
  out.emplace();
  if (const auto status = read_labels(rest, out->labels); !status) return status;
  if (!rest.starts_with(' ')) return fail("no blank after an exemplar's labels");
  rest.remove_prefix(1);
  const auto value = read_number(rest);
  if (!value) return fail(value);
  out->value = *value;
  if (rest.empty()) return {};
  const auto time = read_number(rest);
  if (!time) return fail(time);
  out->timestamp_seconds = *time;
  return {};
}

Result<Series> read_sample(std::string_view line, double milliseconds_per_stamp) {
  Series series;
  const auto name_end = line.find_first_of("{ ");
  if (name_end == std::string_view::npos) return fail("no value: " + std::string(line));
  series.name = line.substr(0, name_end);
  line.remove_prefix(name_end);
  if (line.front() == '{') {
    if (const auto status = read_labels(line, series.labels); !status) return fail(status);
    if (series.labels.empty()) return fail("empty braces");
  }
  if (!line.starts_with(' ')) return fail("no blank before the value of " + series.name);
  line.remove_prefix(1);
  const auto value = read_number(line);
  if (!value) return fail(value);
  series.value = *value;
  if (!line.empty() && line.front() != '#') {
    const auto stamp = read_number(line);
    if (!stamp) return fail(stamp);
    series.timestamp_ms = std::llround(*stamp * milliseconds_per_stamp);
  }
  if (!line.empty()) {
    if (const auto status = read_exemplar(line, series.exemplar); !status) return fail(status);
  }
  return series;
}

Status read_comment(std::string_view line, Exposition& out) {
  line.remove_prefix(2);
  const auto keyword = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(keyword.size() + 1, line.size()));
  const auto name = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(name.size() + 1, line.size()));
  auto& declared = out.families[std::string(name)];
  auto& field = keyword == "HELP"   ? declared.help
                : keyword == "TYPE" ? declared.type
                                    : declared.unit;
  if (keyword != "HELP" && keyword != "TYPE" && keyword != "UNIT") return fail("odd comment");
  if (!field.empty()) return fail(std::string(keyword) + " of " + std::string(name) + " twice");
  field = unescaped(line);
  return {};
}

Result<Exposition> decode_lines(std::string_view bytes, bool openmetrics) {
  Exposition out;
  if (!bytes.empty() && bytes.back() != '\n') return fail("no line end at the end");
  for (const auto line : Lines(bytes)) {
    if (line.starts_with("# ")) {
      if (const auto status = read_comment(line, out); !status) return fail(status);
      continue;
    }
    auto series = read_sample(line, openmetrics ? 1000 : 1);
    if (!series) return fail(series);
    if (openmetrics && series->name.ends_with("_created")) {
      std::array<char, 40> text{};
      std::snprintf(text.data(), text.size(), "%.17g", series->value);
      out.created[series->identity()] = text.data();
    } else {
      out.series.push_back(*std::move(series));
    }
  }
  return out;
}

double seconds(const google::protobuf::Timestamp& time) {
  return static_cast<double>(time.seconds()) + static_cast<double>(time.nanos()) / 1e9;
}

Exemplar exemplar_of(const pb::Exemplar& from) {
  Exemplar out;
  for (const auto& label : from.label()) out.labels[label.name()] = label.value();
  out.value = from.value();
  out.timestamp_seconds = seconds(from.timestamp());
  return out;
}

// One MetricFamily taken apart into lines, as Prometheus does when it ingests one.
class Unfolding {
 public:
  Unfolding(const pb::MetricFamily& family, Exposition& out) : family_(family), out_(out) {}

  Status metric(const pb::Metric& metric) {
    labels_.clear();
    for (const auto& label : metric.label()) {
      if (!labels_.emplace(label.name(), label.value()).second) return fail("a label twice");
    }
    time_ = metric.timestamp_ms();
    switch (family_.type()) {
      case pb::COUNTER:
        if (!metric.has_counter()) return fail("no counter");
        add("", metric.counter().value());
        if (metric.counter().has_exemplar()) {
          out_.series.back().exemplar = exemplar_of(metric.counter().exemplar());
        }
        return {};
      case pb::GAUGE:
        if (!metric.has_gauge()) return fail("no gauge");
        add("", metric.gauge().value());
        return {};
      case pb::UNTYPED:
        if (!metric.has_untyped()) return fail("no untyped");
        add("", metric.untyped().value());
        return {};
      case pb::SUMMARY:
        summary(metric.summary());
        return {};
      case pb::HISTOGRAM:
        histogram(metric.histogram());
        return {};
      case pb::GAUGE_HISTOGRAM:
        break;
    }
    return fail("unexpected type");
  }

 private:
  void add(const char* suffix, double value) {
    out_.series.push_back(Series{family_.name() + suffix, labels_, value, time_, {}});
  }
  void add_bound(const char* suffix, const char* name, double bound, double value) {
    add(suffix, value);
    out_.series.back().labels[name] = spelt_by_prometheus(bound);
  }
  void summary(const pb::Summary& summary) {
    for (const auto& part : summary.quantile()) {
      add_bound("", "quantile", part.quantile(), part.value());
    }
    add("_sum", summary.sample_sum());
    add("_count", static_cast<double>(summary.sample_count()));
  }
  void histogram(const pb::Histogram& histogram) {
    const double infinity = std::numeric_limits<double>::infinity();
    bool infinite = false;
    for (const auto& bucket : histogram.bucket()) {
      infinite = infinite || bucket.upper_bound() == infinity;
      add_bound("_bucket", "le", bucket.upper_bound(),
                static_cast<double>(bucket.cumulative_count()));
      if (bucket.has_exemplar()) out_.series.back().exemplar = exemplar_of(bucket.exemplar());
    }
    const auto count = static_cast<double>(histogram.sample_count());
    if (!infinite) add_bound("_bucket", "le", infinity, count);
    add("_sum", histogram.sample_sum());
    add("_count", count);
  }

  const pb::MetricFamily& family_;
  Exposition& out_;
  Labels labels_;
  std::int64_t time_ = 0;
};

}  // namespace

std::string Series::identity() const {
  std::string out = name;
  const char* before = "{";
  for (const auto& [label, text] : labels) {
    out.append(before).append(label).append("=\"");
    for (const char c : text) {  // whole: an excerpt of two long values may be one
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
    before = ",";
  }
  if (!labels.empty()) out += '}';
  return out;
}

std::string spelt_by_prometheus(double bound) {
  if (std::isnan(bound)) return "NaN";
  if (std::isinf(bound)) return bound > 0 ? "+Inf" : "-Inf";
  std::array<char, 400> text{};
  int digits = 0;
  do {
    std::snprintf(text.data(), text.size(), "%.*e", digits, bound);
  } while (std::strtod(text.data(), nullptr) != bound && ++digits < 17);
  std::string spelt = text.data();
  const int exponent = std::atoi(spelt.c_str() + spelt.find('e') + 1);
  if (exponent < -4 || exponent >= 6) return spelt;
  std::snprintf(text.data(), text.size(), "%.*f", std::max(digits - exponent, 0), bound);
  spelt = bound == 0 ? "0" : text.data();
  return spelt.find('.') == std::string::npos ? spelt + ".0" : spelt;
}

Result<Exposition> decode_text(std::string_view bytes) {
  return decode_lines(bytes, false);
}

Result<Exposition> decode_openmetrics(std::string_view bytes) {
  constexpr std::string_view kEnd = "# EOF\n";
  if (!bytes.ends_with(kEnd)) return fail("no # EOF at the end");
  bytes.remove_suffix(kEnd.size());
  return decode_lines(bytes, true);
}

Result<Exposition> decode_protobuf(std::string_view bytes) {
  Exposition out;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  while (in.CurrentPosition() < static_cast<int>(bytes.size())) {
    std::uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return fail("no length");
    const auto limit = in.PushLimit(static_cast<int>(size));
    pb::MetricFamily family;
    if (!family.ParseFromCodedStream(&in) || !in.ConsumedEntireMessage()) {
      return fail("Protobuf does not understand a family");
    }
    if (!family.unknown_fields().empty()) return fail("unknown fields in " + family.name());
    in.PopLimit(limit);
    auto& declared = out.families[family.name()];
    if (!declared.type.empty()) return fail(family.name() + " twice");
    declared = Declared{pb::MetricType_Name(family.type()), family.help(), family.unit()};
    for (auto& c : declared.type) c = static_cast<char>(std::tolower(c));
    Unfolding unfolding(family, out);
    for (const auto& metric : family.metric()) {
      if (const auto status = unfolding.metric(metric); !status) return fail(status);
    }
  }
  return out;
}

}  // namespace serverpulse::metrics_test
