// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace serverpulse {

tl::unexpected<Error> fail_errno(std::string_view what, int code) {
  Error error;
  error.message = std::string(what) + ": " + std::generic_category().message(code);
  switch (code) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ENOTDIR:
    case EOPNOTSUPP:
      error.kind = Error::Kind::unavailable;
      break;
    default:
      break;
  }
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace serverpulse
