// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "tests/collectors/fixture_kernel.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "base/fields.h"

namespace serverpulse::exporter {
namespace {

using Pairs = std::map<std::string, std::string, std::less<>>;

int errno_of(std::string_view name) {
  constexpr std::pair<std::string_view, int> kNames[] = {
      {"EPERM", EPERM},   {"ENOENT", ENOENT}, {"EIO", EIO},       {"EACCES", EACCES},
      {"ENODEV", ENODEV}, {"EINVAL", EINVAL}, {"ESTALE", ESTALE}, {"ENOTCONN", ENOTCONN}};
  for (const auto& [text, code] : kNames) {
    if (text == name) return code;
  }
  return EINVAL;
}

std::optional<Pairs> read_pairs(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  Pairs pairs;
  for (const auto line : Lines(*text)) {
    const auto at = line.find('=');
    if (at != std::string_view::npos) pairs.emplace(line.substr(0, at), line.substr(at + 1));
  }
  return pairs;
}

// A path as the file statfs has it: below <case>/root, of which `folder` is <case>/kernel.
std::string path_in_case(std::string path, const std::string& folder) {
  const auto root = folder.substr(0, folder.rfind('/')) + "/root";
  if (path.starts_with(root)) path.erase(0, root.size());
  if (path.empty()) path = "/";
  for (std::size_t at = 0; (at = path.find(' ', at)) != std::string::npos; at += 4) {
    path.replace(at, 1, "\\040");
  }
  return path;
}

template <class T>
void take(const Pairs& pairs, std::string_view key, T& out) {
  if (const auto found = pairs.find(key); found != pairs.end()) {
    out = static_cast<T>(parse_number<long long>(found->second).value_or(0));
  }
}

}  // namespace

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<utsname> FixtureKernel::uname() {
  const auto pairs = read_pairs(folder_ + "/uname");
  if (!pairs) return fail_errno("uname", ENOSYS);
  utsname name{};
  const auto copy = [&](std::string_view key, char* to, std::size_t room) {
    if (const auto found = pairs->find(key); found != pairs->end()) {
      found->second.copy(to, room - 1);
    }
  };
  copy("sysname", name.sysname, sizeof name.sysname);
  copy("nodename", name.nodename, sizeof name.nodename);
  copy("release", name.release, sizeof name.release);
  copy("version", name.version, sizeof name.version);
  copy("machine", name.machine, sizeof name.machine);
  copy("domainname", name.domainname, sizeof name.domainname);
  return name;
}

Result<timex> FixtureKernel::adjtimex(int& state) {
  const auto pairs = read_pairs(folder_ + "/adjtimex");
  if (!pairs) return fail_errno("adjtimex", ENOSYS);
  if (const auto error = pairs->find("error"); error != pairs->end()) {
    return refused("adjtimex", errno_of(error->second));
  }
  timex time{};
  take(*pairs, "state", state);
  take(*pairs, "offset", time.offset);
  take(*pairs, "freq", time.freq);
  take(*pairs, "maxerror", time.maxerror);
  take(*pairs, "esterror", time.esterror);
  take(*pairs, "status", time.status);
  take(*pairs, "constant", time.constant);
  take(*pairs, "precision", time.precision);
  take(*pairs, "tolerance", time.tolerance);
  take(*pairs, "time.tv_sec", time.time.tv_sec);
  take(*pairs, "time.tv_usec", time.time.tv_usec);
  take(*pairs, "tick", time.tick);
  take(*pairs, "ppsfreq", time.ppsfreq);
  take(*pairs, "jitter", time.jitter);
  take(*pairs, "shift", time.shift);
  take(*pairs, "stabil", time.stabil);
  take(*pairs, "jitcnt", time.jitcnt);
  take(*pairs, "calcnt", time.calcnt);
  take(*pairs, "errcnt", time.errcnt);
  take(*pairs, "stbcnt", time.stbcnt);
  take(*pairs, "tai", time.tai);
  return time;
}

Result<struct statfs> FixtureKernel::statfs(const std::string& path) {
  const auto text = read_file(folder_ + "/statfs");
  if (!text) return fail_errno("statfs " + path, ENOSYS);
  const auto wanted = path_in_case(path, folder_);
  for (const auto line : Lines(*text)) {
    Fields fields(line);
    if (fields.word() != wanted) continue;
    if (Fields probe = fields; probe.word() == "error") {
      return fail_errno("statfs " + path, errno_of(probe.word()));
    }
    struct statfs answer {};
    answer.f_type = fields.next<long>();
    answer.f_bsize = fields.next<long>();
    answer.f_blocks = fields.next<unsigned long>();
    answer.f_bfree = fields.next<unsigned long>();
    answer.f_bavail = fields.next<unsigned long>();
    answer.f_files = fields.next<unsigned long>();
    answer.f_ffree = fields.next<unsigned long>();
    answer.f_flags = fields.next<long>();
    return answer;
  }
  return fail_errno("statfs " + path, ENOENT);
}

Status FixtureKernel::route_dump(std::uint16_t type, unsigned char family, std::string& buffer) {
  const auto name = "/route_" + std::to_string(type) + "_" + std::to_string(family) + ".hex";
  const auto text = read_file(folder_ + name);
  if (!text) return fail_errno("netlink dump", ENOSYS);
  buffer.clear();
  std::string digits;
  for (const auto line : Lines(*text)) {
    if (line.starts_with('#')) continue;
    for (const char c : line) {
      if (c == ' ' || c == '\t') continue;
      digits += c;
      if (digits.size() == 2) {
        buffer += static_cast<char>(parse_number<int>(digits, 16).value_or(0));
        digits.clear();
      }
    }
  }
  return {};
}

}  // namespace serverpulse::exporter
