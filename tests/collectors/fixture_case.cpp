// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "tests/collectors/fixture_case.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/fields.h"

namespace serverpulse::exporter {
namespace {

namespace fs = std::filesystem;

const std::string kFixtures = std::string(SERVERPULSE_SOURCE_DIR) + "/tests/collectors";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Sets one line of a case's options file, parsed as the flag would be.
void apply_option(const Case& c, std::string_view line, config::Settings& settings) {
  const auto at = line.find('=');
  const auto name = line.substr(0, at);
  const auto value = replaced(std::string(line.substr(at + 1)), "$CASE", c.folder());
  const auto option = std::find_if(c.info->options.begin(), c.info->options.end(),
                                   [&](const auto& o) { return o.name == name; });
  if (option == c.info->options.end()) {
    ADD_FAILURE() << c.folder() << "/options: no option " << name;
    return;
  }
  auto parsed = config::Settings::parse(*option, value, config::Origin::flag);
  if (!parsed) {
    ADD_FAILURE() << c.folder() << "/options: " << name << ": " << parsed.error().message;
    return;
  }
  settings.set("collector." + c.collector() + "." + std::string(name), *parsed);
}

config::Settings settings_of(const Case& c) {
  config::Settings settings(collector_options());
  const auto text = read_file(c.folder() + "/options");
  if (!text) return settings;
  for (const auto line : Lines(*text)) {
    if (!line.empty() && !line.starts_with('#')) apply_option(c, line, settings);
  }
  return settings;
}

Result<std::unique_ptr<Collector>> make_collector(const Case& c, const Host& host) {
  const auto settings = settings_of(c);
  return c.info->make({host, config::Options(settings, "collector." + c.collector() + ".")});
}

}  // namespace

std::string Case::folder() const {
  return kFixtures + "/" + collector() + "/" + name;
}

std::string Case::golden() const {
  return read_file(golden_path()).value_or(std::string());
}

bool Case::gives_metrics() const {
  return golden().find("# TYPE ") != std::string::npos;
}

bool Case::refuses() const {
  const auto text = golden();
  return text.starts_with("# failed: ") || text.starts_with("# unavailable: ") ||
         text.starts_with("# refused: ") || text.find("\n# level=warn ") != std::string::npos;
}

std::string Case::portable(std::string text) const {
  const std::string mtime = "\nnode_textfile_mtime_seconds{";
  for (std::size_t at = 0; (at = text.find(mtime, at)) != std::string::npos; ++at) {
    const auto value = text.find("} ", at) + 2;
    text.replace(value, text.find('\n', value) - value, "MTIME");
  }
  return replaced(std::move(text), folder(), "$CASE");
}

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.collector() << "/" << c.name;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto* info : all_collectors()) {
    const fs::path folder = kFixtures + "/" + std::string(info->name);
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.is_directory()) cases.push_back({info, entry.path().filename().string()});
    }
  }
  std::sort(cases.begin(), cases.end(),
            [](const Case& a, const Case& b) { return a.folder() < b.folder(); });
  return cases;
}

std::string test_name(const Case& c) {
  auto name = c.collector() + "_" + c.name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char l) { return std::isalnum(l) == 0; }, '_');
  return name;
}

std::string Workbench::log() const {
  const auto text = read_file("/proc/self/fd/" + std::to_string(log_.get())).value_or("");
  std::string lines;
  for (const auto line : Lines(text))
    lines += "# " + std::string(line.substr(line.find(' ') + 1)) + "\n";
  return lines;
}

Workbench::Workbench(const Case& c, Kernel* kernel)
    : kernel_(c.folder() + "/kernel"),
      log_(::memfd_create("log", MFD_CLOEXEC)),
      logger_(clock_, log_.get()),
      host_{c.folder() + "/proc",
            c.folder() + "/sys",
            c.folder() + "/root",
            c.folder() + "/udev",
            kernel != nullptr ? kernel : &kernel_,
            &clock_,
            &logger_},
      collector_(make_collector(c, host_)) {}

}  // namespace serverpulse::exporter
