// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// netstat: the counters of IP, ICMP, UDP and TCP of this network namespace (the MIBs of RFC 1213,
// RFC 4293 and Linux's own extensions). Source: /proc/net/snmp and netstat, where a line of names
// is followed by a line of values, and /proc/net/snmp6 with a name and a value per line; see
// Documentation/networking/snmp_counter.rst. What surprises: TCP's counters cover IPv6 as well
// while UDP's and IP's do not; and Ip_Forwarding or Tcp_MaxConn are no counters but settings, which
// is why every family is untyped.
//
// The names are the same at each scrape: a Layout remembers the line of names together with what
// becomes of each column, so that a scrape compares the line and then reads only values.
#include <array>
#include <map>

#include "base/fields.h"
#include "base/kernel_file.h"
#include "base/pattern.h"
#include "exporter/collector.h"
#include "exporter/readers/optional_file.h"

namespace serverpulse::exporter::collectors {
namespace {

constexpr std::size_t kNotWanted = static_cast<std::size_t>(-1);

// The families that were chosen, each with the value of this scrape.
class Selection {
 public:
  explicit Selection(Pattern fields) : fields_(std::move(fields)) {}

  // The place of a field's value, or kNotWanted. The expression is evaluated here only.
  std::size_t place(std::string_view protocol, std::string_view name) {
    auto key = std::string(protocol) + "_" + std::string(name);
    if (!metrics::is_label_name(key) || !fields_.found_in(key)) return kNotWanted;
    const auto [found, added] = places_.try_emplace(key, slots_.size());
    if (added) {
      slots_.push_back(
          {metrics::NamedFamily(metrics::Type::unknown, "node_netstat_" + key,
                                "Statistic " + std::string(protocol) + std::string(name) + "."),
           0, false});
    }
    return found->second;
  }
  void set(std::size_t place, double value) {
    slots_[place].value = value;
    slots_[place].seen = true;
  }
  void begin_scrape() {
    for (auto& slot : slots_) slot.seen = false;
  }
  void emit(metrics::Sink& out) const {
    for (const auto& slot : slots_) {
      if (slot.seen) out.add(slot.family, slot.value);
    }
  }

 private:
  struct Slot {
    metrics::NamedFamily family;
    double value;
    bool seen;
  };
  Pattern fields_;
  std::map<std::string, std::size_t, std::less<>> places_;
  std::vector<Slot> slots_;
};

// A line of names, and where the value of each column goes.
struct Layout {
  std::string names;
  std::vector<std::size_t> places;
};

// A file and the layouts of its lines, in the order of the lines.
template <class File>
struct Table {
  File file;
  std::vector<Layout> layouts;

  // The layout of the index-th line of names; learnt anew when that is not what it was.
  template <class Learn>
  const Layout& layout(std::size_t index, std::string_view names, Learn learn) {
    if (index < layouts.size() && layouts[index].names == names) return layouts[index];
    layouts.resize(index + 1);  // what followed is learnt anew too
    layouts[index].names = names;
    layouts[index].places = learn(names);
    return layouts[index];
  }
};

bool store(Fields values, const Layout& layout, Selection& selection) {
  for (const auto place : layout.places) {
    const auto word = values.word();
    if (!values.ok()) return false;
    if (place == kNotWanted) continue;
    const auto value = parse_number<double>(word);
    if (!value) return false;
    selection.set(place, *value);
  }
  return !values.more();
}

// "TcpExt: SyncookiesSent SyncookiesRecv …", then "TcpExt: 0 0 …".
Status read_pairs(Table<KernelFile>& table, std::string_view text, Selection& selection) {
  const auto learn = [&selection](std::string_view line) {
    Fields fields(line);
    auto protocol = fields.word();
    protocol.remove_suffix(protocol.ends_with(':') ? 1 : 0);
    std::vector<std::size_t> places;
    while (fields.more()) places.push_back(selection.place(protocol, fields.word()));
    return places;
  };
  std::size_t index = 0;
  std::string_view names;
  for (const auto line : Lines(text)) {
    if (names.empty()) {
      names = line;
      continue;
    }
    Fields values(line);
    if (Fields(names).word() != values.word() ||
        !store(values, table.layout(index, names, learn), selection)) {
      return fail(table.file.path() + ": want a number for each of the names " + excerpt(names) +
                  ", found " + excerpt(line));
    }
    names = {};
    ++index;
  }
  if (names.empty()) return {};
  return fail(table.file.path() + ": want a line of values after " + excerpt(names) +
              ", found the end");
}

// "Ip6InReceives   12": the protocol ends with the first 6; a name without one is passed over.
Status read_lines(Table<OptionalFile>& table, std::string_view text, Selection& selection) {
  const auto learn = [&selection](std::string_view name) {
    const auto six = name.find('6');
    const bool named = six != std::string_view::npos;
    return std::vector<std::size_t>{
        named ? selection.place(name.substr(0, six + 1), name.substr(six + 1)) : kNotWanted};
  };
  std::size_t index = 0;
  for (const auto line : Lines(text)) {
    Fields fields(line);
    const auto name = fields.word();
    if (!store(fields, table.layout(index++, name, learn), selection)) {
      return fail(table.file.path() + ": want a name and a number, found " + excerpt(line));
    }
  }
  return {};
}

class Netstat final : public Collector {
 public:
  static Result<std::unique_ptr<Collector>> create(const Context& context) {
    auto fields = Pattern::compile(context.options.text("fields"));
    if (!fields) return fail("collector.netstat.fields: " + fields.error().message);
    return std::unique_ptr<Collector>(new Netstat(context.host, std::move(*fields)));
  }

  Status collect(metrics::Sink& out) override {
    selection_.begin_scrape();
    for (auto* const table : {&netstat_, &snmp_}) {
      const auto text = table->file.read();
      if (!text) return fail(text);
      if (auto done = read_pairs(*table, *text, selection_); !done) return done;
    }
    const auto text = snmp6_.file.read();
    if (!text) return fail(text);
    if (*text) {  // else: a kernel without IPv6
      if (auto done = read_lines(snmp6_, **text, selection_); !done) return done;
    }
    selection_.emit(out);
    return {};
  }

 private:
  Netstat(const Host& host, Pattern fields)
      : selection_(std::move(fields)),
        netstat_{KernelFile(host.proc + "/net/netstat", KernelFile::Shape::whole, 8192), {}},
        snmp_{KernelFile(host.proc + "/net/snmp", KernelFile::Shape::whole, 4096), {}},
        snmp6_{OptionalFile(host.proc + "/net/snmp6", KernelFile::Shape::whole, 8192), {}} {}

  Selection selection_;
  Table<KernelFile> netstat_;
  Table<KernelFile> snmp_;
  Table<OptionalFile> snmp6_;
};

constexpr std::array kOptions{config::Option{
    "fields", config::Kind::pattern,
    "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)"
    "|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)"
    "|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)"
    "|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$",
    "Regexp of fields to return for netstat collector."}};

}  // namespace

extern constinit const CollectorInfo netstat{"netstat", "Counters of IP, ICMP, UDP and TCP.", true,
                                             make<Netstat>, kOptions};

}  // namespace serverpulse::exporter::collectors
