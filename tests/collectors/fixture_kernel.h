// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// FixtureKernel answers what collectors ask of the kernel from the files of <case>/kernel/:
//
//   uname      key=value lines: sysname nodename release version machine domainname
//   adjtimex   key=value lines: the fields of struct timex (offset, freq, time.tv_sec …) and
//              state= for the return value of adjtimex(2); error=EPERM makes the call fail
//   statfs     a line per path: PATH type bsize blocks bfree bavail files ffree flags
//              or PATH error ENOENT; PATH is below <case>/root, with \040 for a space
//   route_18_0.hex   the dump for message type 18 (RTM_GETLINK) and family 0 as hex digits;
//              white space and lines that begin with # are passed over
//
// A call without its file fails with ENOSYS.
#pragma once

#include <optional>
#include <string>

#include "exporter/kernel.h"

namespace serverpulse::exporter {

class FixtureKernel final : public Kernel {
 public:
  explicit FixtureKernel(std::string folder) : folder_(std::move(folder)) {}
  Result<utsname> uname() override;
  Result<timex> adjtimex(int& state) override;
  Result<struct statfs> statfs(const std::string& path) override;
  Status route_dump(std::uint16_t type, unsigned char family, std::string& buffer) override;

 private:
  std::string folder_;
};

/// A whole file; nullopt when there is none.
std::optional<std::string> read_file(const std::string& path);

}  // namespace serverpulse::exporter
