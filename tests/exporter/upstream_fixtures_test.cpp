// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Holds our collectors against node_exporter's own end-to-end test: run over its fixture tree with
// its options, each family of theirs must come out with the same type, help, labels and values as
// in its expected output. The tree is not ours to keep here, so SERVERPULSE_NODE_FIXTURES names it:
// a folder with proc, sys, udev, textfile, e2e-output.txt, or a .tar.zst of one. Values that
// node_exporter's own test skips as volatile are skipped here: then type and help must agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "base/fields.h"
#include "base/pattern.h"
#include "exporter/collector.h"
#include "metrics/encoder.h"
#include "metrics/parse_text.h"

namespace serverpulse::exporter {
namespace {

namespace fs = std::filesystem;

struct Setting {
  std::string option;
  std::string value;  // $FIXTURES is the tree
};
struct Subject {
  std::string collector;
  std::string families;  // expression of the names that are this collector's in the expected output
  std::vector<Setting> settings = {};
};

void PrintTo(const Subject& subject, std::ostream* out) {
  *out << subject.collector;
}

// As node_exporter's end-to-end-test.sh sets them. Not there, since they need a real host:
// filesystem, timex, uname.
const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all{
      {"arp", "node_arp_.*", {{"device-exclude", "nope"}, {"netlink", "false"}}},
      {"cpu",
       "node_cpu_((guest_)?seconds_total|info|frequency_hertz|flag_info|bug_info|online|isolated"
       "|(core|package)_throttles_total)",
       {{"info", "true"},
        {"info.bugs-include", "^(cpu_meltdown|spectre_.*|mds)$"},
        {"info.flags-include", "^(aes|avx.?|constant_tsc)$"}}},
      {"diskstats", "node_disk_.*"},
      {"filefd", "node_filefd_.*"},
      {"loadavg", "node_load(1|5|15)"},
      {"meminfo", "node_memory_[^n].*"},
      {"netclass",
       "node_network_(address_assign_type|carrier.*|device_id|dormant|flags|iface_.*|info"
       "|mtu_bytes|name_assign_type|net_dev_group|protocol_type|speed_bytes"
       "|transmit_queue_length|up)",
       {{"ignore-invalid-speed", "true"}, {"ignored-devices", "(dmz|int)"}}},
      {"netdev", "node_network_(receive|transmit)_.*_total", {{"device-include", "lo"}}},
      {"netstat", "node_netstat_.*"},
      {"os", "node_os_.*"},
      {"pressure", "node_pressure_.*"},
      {"schedstat", "node_schedstat_.*"},
      {"sockstat", "node_sockstat_.*"},
      {"softnet", "node_softnet_.*"},
      {"stat",
       "node_(boot_time_seconds|context_switches_total|forks_total|intr_total"
       "|procs_(blocked|running)|softirqs_total)",
       {{"softirq", "true"}}},
      {"textfile",
       "(testmetric.*|node_textfile_.*)",
       {{"directory", "$FIXTURES/textfile/two_metric_files/"}}},
      {"thermal_zone", "node_(thermal_zone|cooling_device)_.*"},
      {"time", "node_time_.*"},
      {"udp_queues", "node_udp_queues"},
      {"vmstat", "node_vmstat_.*"},
  };
  return all;
}

// What node_exporter's end-to-end test skips, and the drops of lo, which too are this host's own.
constexpr std::string_view kVolatile =
    "node_textfile_mtime_seconds|node_time_(zone|seconds).*"
    "|node_network_(receive|transmit)_(bytes|packets|drop)_total";

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

using Families = std::map<std::string, metrics::StoredFamily>;

Families parse(const std::string& text) {
  const auto parsed = metrics::parse_text(text);
  if (!parsed) {
    ADD_FAILURE() << parsed.error().message;
    return {};
  }
  Families families;
  for (const auto& family : *parsed) families.emplace(family.name, family);
  return families;
}

// Labels as text, sorted, without empty ones, which equal absent ones.
std::string labels_of(const metrics::StoredSample& sample) {
  auto labels = sample.labels;
  std::sort(labels.begin(), labels.end());
  std::string text = "{";
  for (const auto& [name, value] : labels) {
    if (!value.empty()) text += name + "=\"" + value + "\",";
  }
  return text + "}";
}

// What a sample says: its value, or all the numbers of a histogram or summary.
std::vector<double> numbers_of(const metrics::StoredSample& sample) {
  std::vector<double> numbers{sample.value, sample.sum, static_cast<double>(sample.count)};
  for (const auto& bucket : sample.buckets) {
    numbers.insert(numbers.end(),
                   {bucket.upper_bound, static_cast<double>(bucket.cumulative_count)});
  }
  for (const auto& quantile : sample.quantiles) {
    numbers.insert(numbers.end(), {quantile.quantile, quantile.value});
  }
  return numbers;
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

void expect_same_samples(const metrics::StoredFamily& want, const metrics::StoredFamily& got) {
  std::map<std::string, std::vector<double>> left;
  for (const auto& sample : got.samples) {
    EXPECT_TRUE(left.emplace(labels_of(sample), numbers_of(sample)).second)
        << got.name << labels_of(sample) << " twice";
  }
  for (const auto& sample : want.samples) {
    const auto found = left.find(labels_of(sample));
    if (found == left.end()) {
      ADD_FAILURE() << want.name << labels_of(sample) << " is missing";
      continue;
    }
    EXPECT_TRUE(same(numbers_of(sample), found->second))
        << want.name << labels_of(sample) << ": want " << testing::PrintToString(numbers_of(sample))
        << ", found " << testing::PrintToString(found->second);
    left.erase(found);
  }
  for (const auto& [labels, numbers] : left) ADD_FAILURE() << got.name << labels << " is too much";
}

class UpstreamFixtures : public testing::TestWithParam<Subject> {
 protected:
  static void SetUpTestSuite() {
    const char* const given = std::getenv("SERVERPULSE_NODE_FIXTURES");
    if (given == nullptr) return;
    tree_ = given;
    if (!tree_.ends_with(".tar.zst")) return;
    auto pattern = (fs::temp_directory_path() / "serverpulse-fixtures-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    unpacked_ = pattern;
    ASSERT_EQ(std::system(("tar --zstd -xf '" + tree_ + "' -C '" + unpacked_ + "'").c_str()), 0);
    tree_ = unpacked_;
  }
  static void TearDownTestSuite() {
    if (!unpacked_.empty()) fs::remove_all(unpacked_);
  }

  void SetUp() override {
    if (tree_.empty()) {
      GTEST_SKIP() << "SERVERPULSE_NODE_FIXTURES does not name node_exporter's fixture tree";
    }
  }

  // The exposition of one collector over the tree.
  static std::string scrape(const CollectorInfo& info, const Subject& subject);

  static inline std::string tree_;
  static inline std::string unpacked_;
};

std::string UpstreamFixtures::scrape(const CollectorInfo& info, const Subject& subject) {
  const SystemClock clock;
  const log::Logger logger(clock);
  RealKernel kernel;
  const Host host{tree_ + "/proc", tree_ + "/sys", tree_,  tree_ + "/udev/data",
                  &kernel,         &clock,         &logger};
  config::Settings settings(collector_options());
  const auto prefix = "collector." + subject.collector + ".";
  for (const auto& [name, value] : subject.settings) {
    const auto option = std::find_if(info.options.begin(), info.options.end(),
                                     [&](const auto& o) { return o.name == name; });
    if (option == info.options.end()) {
      ADD_FAILURE() << "no option " << prefix << name;
      continue;
    }
    auto text = value;
    if (const auto at = text.find("$FIXTURES"); at != std::string::npos) text.replace(at, 9, tree_);
    settings.set(prefix + name, *config::Settings::parse(*option, text, config::Origin::flag));
  }
  const auto collector = info.make({host, config::Options(settings, prefix)});
  if (!collector) {
    ADD_FAILURE() << collector.error().message;
    return {};
  }
  const auto encoder = metrics::make_encoder(metrics::Format::text);
  const auto done = (*collector)->collect(*encoder);
  EXPECT_TRUE(done) << done.error().message;
  std::string text = encoder->bytes();  // in which textfile says where it read from
  for (std::size_t at = 0; (at = text.find(tree_, at)) != std::string::npos;) {
    text.replace(at, tree_.size(), "collector/fixtures");
  }
  return text;
}

TEST_P(UpstreamFixtures, GiveWhatNodeExporterGives) {
  const auto infos = all_collectors();
  const auto info = std::find_if(infos.begin(), infos.end(),
                                 [](const auto* i) { return i->name == GetParam().collector; });
  ASSERT_NE(info, infos.end()) << "no collector " << GetParam().collector;
  const auto text = scrape(**info, GetParam());
  const auto expected = read_all(tree_ + "/e2e-output.txt");
  const auto got = parse(text);
  const auto ours = Pattern::compile(GetParam().families);
  const auto skipped = Pattern::compile(kVolatile);
  ASSERT_TRUE(ours && skipped);
  std::set<std::string> wanted;
  for (const auto& [name, want] : parse(expected)) {
    if (!ours->matches(name)) continue;
    wanted.insert(name);
    const auto found = got.find(name);
    if (found == got.end()) {
      ADD_FAILURE() << name << " is missing";
      continue;
    }
    if (!skipped->matches(name)) expect_same_samples(want, found->second);
  }
  EXPECT_FALSE(wanted.empty()) << "no family matches " << GetParam().families;
  for (const auto& [name, family] : got) {
    EXPECT_TRUE(wanted.contains(name) || skipped->matches(name)) << name << " is too much";
  }
  for (const auto line : Lines(text)) {  // HELP and TYPE; of what is volatile nothing else is there
    if (!line.starts_with('#')) continue;
    EXPECT_NE(expected.find(std::string(line) + "\n"), std::string::npos) << line;
  }
}

INSTANTIATE_TEST_SUITE_P(Collectors, UpstreamFixtures, testing::ValuesIn(subjects()),
                         [](const auto& param) { return param.param.collector; });

}  // namespace

}  // namespace serverpulse::exporter
