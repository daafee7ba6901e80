// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// sockstat: sockets in use by protocol and the memory they hold. Source: /proc/net/sockstat and
// sockstat6, a line per protocol of "key value" pairs, net/ipv4/proc.c. `mem` counts pages (shown
// as bytes too), `memory` of the fragment queues counts bytes. What surprises: inuse, orphan and tw
// are of this network namespace, while alloc and mem are of the whole system; and the TCP line
// counts IPv4 sockets only, but its mem is that of both. HELP says "Number of … sockets in state
// mem" because the compatible interface says so.
#include <unistd.h>

#include <array>
#include <optional>

#include "base/fields.h"
#include "exporter/collector.h"
#include "exporter/readers/optional_file.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr auto kSocketsUsed =
    metrics::gauge("node_sockstat_sockets_used", "Number of IPv4 sockets in use.");

// The keys in the order of exposition; the last one is computed.
constexpr std::array<std::string_view, 7> kKeys{"inuse", "orphan", "tw",       "alloc",
                                                "mem",   "memory", "mem_bytes"};
constexpr std::size_t kInuse = 0;
constexpr std::size_t kMem = 4;
constexpr std::size_t kMemBytes = 6;
constexpr std::size_t kMostProtocols = 64;  // the kernel has eight

struct Protocol {
  explicit Protocol(std::string_view protocol) : name(protocol) {
    for (const auto key : kKeys) {
      families.emplace_back(metrics::Type::gauge, "node_sockstat_" + name + "_" + std::string(key),
                            "Number of " + name + " sockets in state " + std::string(key) + ".");
    }
  }
  std::string name;
  std::vector<metrics::NamedFamily> families;
  std::array<std::optional<double>, kKeys.size()> values;
  bool seen = false;
};

class Sockstat final : public Collector {
 public:
  explicit Sockstat(const Host& host)
      : files_{OptionalFile(host.proc + "/net/sockstat", KernelFile::Shape::whole, 512),
               OptionalFile(host.proc + "/net/sockstat6", KernelFile::Shape::whole, 512)},
        page_size_(static_cast<double>(::sysconf(_SC_PAGESIZE))) {}

  Status collect(metrics::Sink& out) override {
    used_.reset();
    for (auto& protocol : protocols_) protocol.seen = false;
    for (auto& file : files_) {
      const auto text = file.read();
      if (!text) return fail(text);
      if (!*text) continue;  // a kernel without this version of IP
      for (const auto line : Lines(**text)) {
        if (!parse(line, &file == files_.data())) {
          return fail(file.path() + ": want a protocol and pairs of a key and a whole number, " +
                      "found " + excerpt(line));
        }
      }
    }
    emit(out);
    return {};
  }

 private:
  bool parse(std::string_view line, bool v4) {
    Fields fields(line);
    auto name = fields.word();
    if (name.ends_with(':')) name.remove_suffix(1);
    if (!metrics::is_label_name(name) || !fields.more()) return false;
    if (name == "sockets") return parse_sockets(fields, v4);
    auto* const protocol = find(name);
    if (protocol == nullptr) return false;
    protocol->seen = true;
    protocol->values.fill(std::nullopt);
    protocol->values[kInuse] = 0;
    while (fields.more()) {
      const auto key = fields.word();
      const auto value = fields.next<std::int64_t>();
      if (!fields.ok()) return false;
      for (std::size_t i = 0; i < kMemBytes; ++i) {
        if (kKeys[i] == key) protocol->values[i] = static_cast<double>(value);
      }
    }
    if (const auto pages = protocol->values[kMem]) {
      protocol->values[kMemBytes] = *pages * page_size_;
    }
    return true;
  }

  bool parse_sockets(Fields& fields, bool v4) {
    double used = 0;
    while (fields.more()) {
      const auto key = fields.word();
      const auto value = fields.next<std::int64_t>();
      if (key == "used") used = static_cast<double>(value);
    }
    if (v4) used_ = used;
    return fields.ok();
  }

  Protocol* find(std::string_view name) {
    for (auto& protocol : protocols_) {
      if (protocol.name == name) return &protocol;
    }
    if (protocols_.size() == kMostProtocols) return nullptr;
    return &protocols_.emplace_back(name);
  }

  void emit(metrics::Sink& out) const {
    if (used_) out.add(kSocketsUsed, *used_);
    for (const auto& protocol : protocols_) {
      if (!protocol.seen) continue;
      for (std::size_t i = 0; i < kKeys.size(); ++i) {
        if (protocol.values[i]) out.add(protocol.families[i], *protocol.values[i]);
      }
    }
  }

  std::array<OptionalFile, 2> files_;
  double page_size_;
  std::optional<double> used_;
  std::vector<Protocol> protocols_;  // kept: each bears the names of its families
};

}  // namespace

extern constinit const CollectorInfo sockstat{
    "sockstat", "Sockets in use by protocol, and their memory.", true, make<Sockstat>};

}  // namespace serverpulse::exporter::collectors
