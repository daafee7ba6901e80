// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "exporter/kernel.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace serverpulse::exporter {

tl::unexpected<Error> refused(std::string_view what, int code) {
  auto error = fail_errno(what, code).value();
  if (code == EPERM || code == EACCES) error.kind = Error::Kind::unavailable;
  return tl::unexpected<Error>(std::move(error));
}

RealKernel::RealKernel() = default;
RealKernel::~RealKernel() = default;

Result<utsname> RealKernel::uname() {
  utsname name{};
  if (::uname(&name) != 0) return fail_errno("uname", errno);
  return name;
}

Result<timex> RealKernel::adjtimex(int& state) {
  timex time{};
  state = ::adjtimex(&time);
  if (state < 0) return refused("adjtimex", errno);
  return time;
}

Result<struct statfs> RealKernel::statfs(const std::string& path) {
  struct statfs answer {};
  if (::statfs(path.c_str(), &answer) != 0) return fail_errno("statfs " + path, errno);
  return answer;
}

Status RealKernel::route_dump(std::uint16_t type, unsigned char family, std::string& buffer) {
  return route_.dump(type, family, buffer);
}

Status Kernel::shared_links(const Clock& clock, std::uint64_t& seen, std::string& buffer) {
  const std::lock_guard lock(links_mutex_);
  const auto now = clock.steady();
  if (!links_valid_ || links_number_ == seen || now - links_taken_ > kLinksFresh) {
    links_valid_ = false;
    if (auto done = route_dump(RTM_GETLINK, AF_UNSPEC, links_); !done) return done;
    links_valid_ = true;
    links_taken_ = now;
    ++links_number_;
  }
  seen = links_number_;
  buffer = links_;
  return {};
}

}  // namespace serverpulse::exporter
