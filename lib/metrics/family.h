// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Family: what is said once about all the samples of a name. Metric<N> is a family known when the
// program is compiled; its constructor is consteval, so a forbidden character, labels out of order
// or a missing HELP do not compile, and the compiler prints the sentence that is thrown. Where a
// name must match node_exporter's, compatibility wins over convention.
// Formats: https://prometheus.io/docs/instrumenting/exposition_formats/ and OpenMetrics 1.0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serverpulse::metrics {

enum class Type : std::uint8_t { counter, gauge, histogram, summary, info, stateset, unknown };

struct Family {
  std::string_view name;  ///< As its samples bear it: with _total, without _bucket.
  std::string_view help;  ///< What is not UTF-8 in it becomes U+FFFD in every format.
  Type type = Type::unknown;
  std::span<const std::string_view> label_names;  ///< Sorted; the same for every sample.
  std::string_view unit;  ///< Base unit; the name contains it as its last word (before _total).
};

[[nodiscard]] constexpr bool is_metric_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == ':';
    if (!ok) return false;
  }
  return true;
}

[[nodiscard]] constexpr bool is_label_name(std::string_view name) {
  return is_metric_name(name) && name.find(':') == std::string_view::npos;
}

namespace detail {
// The last word of the name, if it is a base unit that OpenMetrics may be told of.
constexpr std::string_view unit_of(std::string_view name) {
  if (name.ends_with("_total")) name.remove_suffix(6);
  for (const std::string_view unit :
       {"seconds", "bytes", "celsius", "hertz", "volts", "amperes", "joules", "watts", "ratio"}) {
    if (name.size() > unit.size() + 1 && name.ends_with(unit) &&
        name[name.size() - unit.size() - 1] == '_') {
      return unit;
    }
  }
  return {};
}
}  // namespace detail

template <std::size_t N>
class Metric {
 public:
  consteval Metric(Type type, std::string_view name, std::string_view help,
                   std::array<std::string_view, N> labels)
      : type_(type), name_(name), help_(help), labels_(labels) {
    if (!is_metric_name(name)) throw "a metric name is [a-zA-Z_:][a-zA-Z0-9_:]*";
    if (help.empty()) throw "a metric needs a HELP text";
    for (std::size_t i = 0; i < N; ++i) {
      if (!is_label_name(labels[i])) throw "a label name is [a-zA-Z_][a-zA-Z0-9_]*";
      if (labels[i].starts_with("__")) throw "label names that begin with __ are reserved";
      if (i > 0 && labels[i] <= labels[i - 1]) throw "label names are sorted and differ";
    }
  }

  [[nodiscard]] constexpr Family family() const {
    return Family{name_, help_, type_, std::span<const std::string_view>(labels_),
                  detail::unit_of(name_)};
  }
  [[nodiscard]] constexpr std::string_view name() const { return name_; }

 private:
  Type type_;
  std::string_view name_;
  std::string_view help_;
  std::array<std::string_view, N> labels_;
};

template <class... Labels>
consteval auto gauge(std::string_view name, std::string_view help, Labels... labels) {
  return Metric<sizeof...(Labels)>(Type::gauge, name, help, {std::string_view(labels)...});
}
template <class... Labels>
consteval auto counter(std::string_view name, std::string_view help, Labels... labels) {
  return Metric<sizeof...(Labels)>(Type::counter, name, help, {std::string_view(labels)...});
}
/// What the text format calls untyped.
template <class... Labels>
consteval auto unknown(std::string_view name, std::string_view help, Labels... labels) {
  return Metric<sizeof...(Labels)>(Type::unknown, name, help, {std::string_view(labels)...});
}

/// A family whose name is known only at run time. Keep it: building one allocates.
class NamedFamily {
 public:
  /// REQUIRES: is_metric_name(name), is_label_name of each label; sorted and different.
  NamedFamily(Type type, std::string name, std::string help, std::vector<std::string> labels = {})
      : type_(type), name_(std::move(name)), help_(std::move(help)), labels_(std::move(labels)) {
    views_.assign(labels_.begin(), labels_.end());
  }
  NamedFamily(NamedFamily&& other) noexcept
      : type_(other.type_),
        name_(std::move(other.name_)),
        help_(std::move(other.help_)),
        labels_(std::move(other.labels_)) {
    views_.assign(labels_.begin(), labels_.end());
  }
  NamedFamily& operator=(NamedFamily&& other) noexcept {
    type_ = other.type_;
    name_ = std::move(other.name_);
    help_ = std::move(other.help_);
    labels_ = std::move(other.labels_);
    views_.assign(labels_.begin(), labels_.end());
    return *this;
  }

  [[nodiscard]] Family family() const {
    return Family{name_, help_, type_, views_, detail::unit_of(name_)};
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  Type type_;
  std::string name_;
  std::string help_;
  std::vector<std::string> labels_;
  std::vector<std::string_view> views_;
};

}  // namespace serverpulse::metrics
