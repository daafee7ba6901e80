// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Result<T>: a value or an Error; Status: nothing or an Error. Wraps tl::expected, so that every
// result is [[nodiscard]] and one line changes when std::expected is everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace serverpulse {

/// Why something could not be done, in a sentence for a person: what, where, what was wanted.
struct Error {
  enum class Kind : std::uint8_t {
    failed,       ///< It is there, and it did not work.
    unavailable,  ///< This host has no such thing: nothing to repair.
    timeout,      ///< It did not answer in time.
  };
  std::string message;
  Kind kind = Kind::failed;
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

/// `return fail("…")` from any function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message), Error::Kind::failed});
}

/// As fail(), for what this host does not have.
[[nodiscard]] inline tl::unexpected<Error> unavailable(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message), Error::Kind::unavailable});
}

/// Hands on the error of another result. REQUIRES: !other.
template <class T>
[[nodiscard]] tl::unexpected<Error> fail(const Result<T>& other) {
  return tl::unexpected<Error>(other.error());
}

/// "<what>: <strerror(code)>"; kind unavailable for ENOENT, ENODEV and their like.
[[nodiscard]] tl::unexpected<Error> fail_errno(std::string_view what, int code);

}  // namespace serverpulse
