// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/options.h"

#include <algorithm>
#include <array>

#include "base/fields.h"
#include "config/help.h"
#include "http/listener.h"

namespace serverpulse::exporter {
namespace {

using config::Kind;
using config::Origin;

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kFormats{"logfmt", "json"};

// Read by a reload but put to use only by a start, for its sockets and pages are made then.
constexpr config::Option fixed(std::string_view name, Kind kind, std::string_view initial,
                               std::string_view help) {
  config::Option option{name, kind, initial, help};
  option.fixed = true;
  return option;
}

constexpr config::Option kOwn[] = {
    fixed("web.listen-address", Kind::texts, ":9100",
          "Address to listen on: host:port, [address]:port or :port."),
    fixed("web.telemetry-path", Kind::text, "/metrics", "Path under which the metrics are."),
    fixed("web.config.file", Kind::text, "",
          "File in the format of the exporter-toolkit that turns on TLS or authentication."),
    fixed("web.max-requests", Kind::integer, "40", "Scrapes that may run at once; 0 is no limit."),
    fixed("web.disable-exporter-metrics", Kind::boolean, "false",
          "Leave out the metrics about the exporter itself."),
    fixed("web.systemd-socket", Kind::boolean, "false",
          "Listen on the sockets that systemd hands over instead of on addresses."),
    fixed("web.created-lines", Kind::boolean, "false",
          "Write the _created lines of OpenMetrics; Prometheus 2 makes a series of each."),
    {"log.level", Kind::choice, "info", "Least severe level that is logged.", kLevels},
    {"log.format", Kind::choice, "logfmt", "How a log line is written.", kFormats},
    {"path.procfs", Kind::text, "/proc", "Where procfs is mounted."},
    {"path.sysfs", Kind::text, "/sys", "Where sysfs is mounted."},
    {"path.rootfs", Kind::text, "/", "Where the host's root file system is mounted."},
    {"path.udev.data", Kind::text, "/run/udev/data", "Where udev keeps its data."},
    {"config.file", Kind::text, "", "The configuration file (YAML)."},
    {"config.check", Kind::boolean, "false",
     "Check flags, environment and files, tell every error, and exit."},
    {"runtime.gomaxprocs",
     Kind::integer,
     "1",
     "Without effect: accepted since service files of node_exporter pass it.",
     {},
     {},
     true},
    {"collector.disable-defaults", Kind::boolean, "false",
     "Only run the collectors that are turned on by name."},
    {"collector.timeout", Kind::duration, "5s",
     "How long one collector may take before a scrape goes on without it."},
};

// The pages besides the metrics, all but the landing page, which gives way to them.
constexpr std::array<std::string_view, 5> kPages{"/-/healthy", "/-/ready", "/-/reload", "/healthz",
                                                 "/readyz"};

constexpr config::Command kCommands[] = {
    {"check-config",
     "Check flags, environment and files, tell every error, and exit: as --config.check."},
};

// What resolve() cannot know. Every error is noted.
class Judge {
 public:
  explicit Judge(config::Resolution& resolution) : out_(resolution) {}

  void run() {
    const auto& settings = out_.settings;
    judge_telemetry_path();
    for (const auto* path : {"path.procfs", "path.sysfs", "path.rootfs", "path.udev.data"}) {
      if (settings.text(path).empty()) wrong_text(path, "a path");
    }
    if (const auto most = settings.integer("web.max-requests"); most < 0) {
      wrong("web.max-requests", "a whole number from 0", excerpt(std::to_string(most)));
    }
    if (settings.duration("collector.timeout") <= std::chrono::nanoseconds(0)) {
      wrong("collector.timeout", "a duration longer than 0", "none");
    }
    judge_addresses();
    if (settings.origin("runtime.gomaxprocs") != Origin::initial) {
      out_.warnings.push_back(out_.settings.where("runtime.gomaxprocs") +
                              ": is without effect: this program is not written in Go");
    }
  }

 private:
  // A request's path is compared byte by byte, and the parser of requests takes no others.
  void judge_telemetry_path() {
    constexpr std::string_view kName = "web.telemetry-path";
    const auto& path = out_.settings.text(kName);
    const bool reachable = std::all_of(path.begin(), path.end(), [](char c) {
      return c > ' ' && c <= '~' && c != '?' && c != '#';
    });
    if (!path.starts_with('/')) {
      wrong_text(kName, "a path that begins with /");
    } else if (!reachable) {
      wrong_text(kName, "a path of visible ASCII characters without ? and #");
    } else if (std::find(kPages.begin(), kPages.end(), path) != kPages.end()) {
      wrong_text(kName, "a path that is no other page of the exporter");
    }
  }

  void judge_addresses() {
    constexpr std::string_view kName = "web.listen-address";
    const auto& addresses = out_.settings.texts(kName);
    if (addresses.empty() && !out_.settings.boolean("web.systemd-socket")) {
      wrong(kName, "an address", "none");
    }
    for (auto each = addresses.begin(); each != addresses.end(); ++each) {
      if (const auto checked = http::Listener::check(*each); !checked) {
        out_.errors.push_back(out_.settings.where(kName) + ": " + checked.error().message);
      } else if (!each->ends_with(":0") && std::find(addresses.begin(), each, *each) != each) {
        wrong(kName, "each address once", excerpt(*each) + " twice");
      }
    }
  }

  void wrong_text(std::string_view name, std::string_view wanted) {
    wrong(name, wanted, excerpt(out_.settings.text(name)));
  }
  void wrong(std::string_view name, std::string_view wanted, std::string_view found) {
    out_.errors.push_back(out_.settings.where(name) + ": want " + std::string(wanted) + ", found " +
                          std::string(found));
  }

  config::Resolution& out_;
};

// Every path is written with a slash after it, so one at its end would be the second.
std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return static_cast<std::size_t>(std::find(words.begin(), words.end(), word) - words.begin());
}

}  // namespace

std::span<const config::Option> own_options() {
  return kOwn;
}

std::span<const config::Option> all_options() {
  static const std::vector<config::Option> all = [] {
    std::vector<config::Option> options(std::begin(kOwn), std::end(kOwn));
    const auto more = collector_options();
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }();
  return all;
}

std::span<const config::Command> commands() {
  return kCommands;
}

std::string help() {
  return config::help({"serverpulse-exporter",
                       "Exports metrics of this host for Prometheus, under the names that "
                       "node_exporter gave them.",
                       kCommands, all_options()});
}

config::Resolution resolve_options(const config::Flags& flags,
                                   const config::Environment& environment,
                                   std::span<const config::Section> sections) {
  auto resolution = config::resolve(all_options(), flags, environment, sections);
  Judge(resolution).run();
  return resolution;
}

void set_roots(Host& host, const config::Settings& settings) {
  host.proc = without_slash(settings.text("path.procfs"));
  host.sys = without_slash(settings.text("path.sysfs"));
  host.root = without_slash(settings.text("path.rootfs"));
  host.udev = without_slash(settings.text("path.udev.data"));
}

log::Level log_level(const config::Settings& settings) {
  return static_cast<log::Level>(index_of(kLevels, settings.text("log.level")));
}

log::Format log_format(const config::Settings& settings) {
  return static_cast<log::Format>(index_of(kFormats, settings.text("log.format")));
}

}  // namespace serverpulse::exporter
