// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// HostTree: a temporary folder that stands for a host, of which a test changes files between two
// scrapes; what no golden can show. Includes the collector made over it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "exporter/collector.h"
#include "metrics/encoder.h"

namespace serverpulse::exporter {

/// Thread rule: one thread.
class HostTree {
 public:
  /// Whether the root of the host is this machine's, or the folder as well.
  enum class Root { machine, own };

  explicit HostTree(Root root = Root::machine) {
    auto pattern = (std::filesystem::temp_directory_path() / "serverpulse-host-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    root_ = root == Root::own ? folder_ : "/";
    std::filesystem::create_directories(folder_ + "/udev");
  }
  ~HostTree() { std::filesystem::remove_all(folder_); }
  HostTree(const HostTree&) = delete;
  HostTree& operator=(const HostTree&) = delete;

  [[nodiscard]] const std::string& folder() const { return folder_; }

  /// Replaces the text of a file in place, as the kernel does: the inode stays.
  void write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = folder_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  /// Replaces a file by renaming another over it, as udev does.
  void replace(const std::string& name, std::string_view text) const {
    write(name + ".new", text);
    std::filesystem::rename(folder_ + "/" + name + ".new", folder_ + "/" + name);
  }
  void remove(const std::string& name) const { std::filesystem::remove_all(folder_ + "/" + name); }

  /// Makes the collector of that name over the tree; options are set as `name`, `value`.
  void make(std::string_view collector, Kernel& kernel, const Clock& clock,
            const std::vector<std::pair<std::string, std::string>>& options = {}) {
    logger_ = std::make_unique<log::Logger>(clock);
    const Host host{folder_ + "/proc", folder_ + "/sys", root_,        folder_ + "/udev",
                    &kernel,           &clock,           logger_.get()};
    config::Settings settings(collector_options());
    for (const auto* info : all_collectors()) {
      if (info->name != collector) continue;
      const auto prefix = "collector." + std::string(collector) + ".";
      for (const auto& [name, value] : options) {
        for (const auto& option : info->options) {
          if (option.name != name) continue;
          settings.set(prefix + name,
                       *config::Settings::parse(option, value, config::Origin::flag));
        }
      }
      auto made = info->make({host, config::Options(settings, prefix)});
      ASSERT_TRUE(made) << made.error().message;
      collector_ = std::move(*made);
    }
    ASSERT_TRUE(collector_) << "no collector " << collector;
  }

  /// The text exposition of a scrape, or "failed: …".
  std::string scrape() {
    const auto encoder = metrics::make_encoder(metrics::Format::text);
    const auto done = collector_->collect(*encoder);
    return done ? encoder->bytes() : "failed: " + done.error().message;
  }
  void close() { collector_.reset(); }

 private:
  std::string folder_;
  std::string root_;
  std::unique_ptr<log::Logger> logger_;
  std::unique_ptr<Collector> collector_;
};

}  // namespace serverpulse::exporter
