// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The files behind cpu, stat, schedstat, softnet, diskstats, thermal_zone and filesystem, with any
// bytes in them. The first byte of an input chooses the file, the rest is its text; it is read
// twice, since the second reading meets what the first one kept. A collector that refuses must have
// emitted nothing.
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "exporter/collector.h"
#include "exporter/readers/cpuinfo.h"
#include "exporter/readers/udev.h"
#include "metrics/encoder.h"

namespace {

using namespace serverpulse;
using namespace serverpulse::exporter;

struct Source {
  std::string_view collector;
  std::string_view file;
};
constexpr Source kSources[] = {{"cpu", "/proc/stat"},
                               {"stat", "/proc/stat"},
                               {"schedstat", "/proc/schedstat"},
                               {"softnet", "/proc/net/softnet_stat"},
                               {"diskstats", "/proc/diskstats"},
                               {"thermal_zone", "/sys/class/thermal/thermal_zone0/temp"},
                               {"filesystem", "/proc/1/mountinfo"},
                               {"cpu", "/sys/devices/system/cpu/isolated"},
                               {"cpu", "/proc/cpuinfo"}};
constexpr std::size_t kDirect = 2;  // parsers fed without a file: udev, cpuinfo

// Answers at once, whatever the path: the mounts of an input are not this machine's.
class AnsweringKernel final : public Kernel {
 public:
  Result<utsname> uname() override { return fail("not asked"); }
  Result<timex> adjtimex(int& /*state*/) override { return fail("not asked"); }
  Result<struct statfs> statfs(const std::string& /*path*/) override {
    struct statfs answer {};
    return answer;
  }
  Status route_dump(std::uint16_t /*type*/, unsigned char /*family*/,
                    std::string& /*buffer*/) override {
    return fail("not asked");
  }
};

// The folder that stands for a host, removed at the end.
class Tree {
 public:
  Tree() {
    auto pattern = (std::filesystem::temp_directory_path() / "serverpulse-fuzz-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    write("/proc/stat", "cpu0 1 2 3 4\n");
  }
  ~Tree() { std::filesystem::remove_all(folder_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  void write(std::string_view name, std::string_view text) const {
    const std::string path = folder_ + std::string(name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file || ::write(file.get(), text.data(), text.size()) < 0) std::abort();
  }
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

void collect(const Source& source, std::string_view text) {
  const Tree tree;
  tree.write(source.file, text);
  AnsweringKernel kernel;
  const ManualClock clock;
  const log::Logger logger(clock);
  const Host host{tree.folder() + "/proc",
                  tree.folder() + "/sys",
                  "/",
                  tree.folder() + "/udev",
                  &kernel,
                  &clock,
                  &logger};
  config::Settings settings(collector_options());
  const config::Option info{"info", config::Kind::boolean, "false", ""};
  settings.set("collector.cpu.info",
               *config::Settings::parse(info, source.file == "/proc/cpuinfo" ? "true" : "false",
                                        config::Origin::flag));
  const auto encoder = metrics::make_encoder(metrics::Format::text);
  for (const auto* candidate : all_collectors()) {
    if (candidate->name != source.collector) continue;
    const auto prefix = "collector." + std::string(source.collector) + ".";
    const auto collector = candidate->make({host, config::Options(settings, prefix)});
    if (!collector) std::abort();
    for (int scrape = 0; scrape < 2; ++scrape) {
      encoder->clear();
      if (!(*collector)->collect(*encoder) && !encoder->bytes().empty()) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t choice = data[0] % (std::size(kSources) + kDirect);
  if (choice < std::size(kSources)) {
    collect(kSources[choice], text);
  } else if (choice == std::size(kSources)) {
    UdevDisk disk;
    disk.parse(text);
  } else {
    CpuInfoTable table;
    for (int reading = 0; reading < 2; ++reading) {
      if (!table.parse(text, "cpuinfo")) continue;
      if (table.size() == 0) std::abort();
    }
  }
  return 0;
}
