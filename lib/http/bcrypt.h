// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// bcrypt by libxcrypt, crypt(5): "$2y$10$", 22 characters of salt, 31 of hash. The cost is the
// logarithm of the work: 10 takes about 50 ms, each step more twice as long.
//
// Surprising: bcrypt looks at the first 72 bytes of a password only, and C strings end at NUL; so
// two passwords alike in 72 bytes are one (as upstream), and one with a NUL in it is never right.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct crypt_data;

namespace serverpulse::http {

/// The cost of a well-formed hash ($2a$, $2b$ or $2y$). The error says what was wanted, and of
/// what was found only the length: it may be a password put there by mistake.
Result<unsigned> bcrypt_cost(std::string_view hash);

/// A well-formed hash of that cost, of no password. REQUIRES: 4 <= cost <= 31.
[[nodiscard]] std::string bcrypt_decoy(unsigned cost);

/// Verifies. Keeps 32 KiB of scratch, wiped after each use. Thread rule: one thread at a time.
class Bcrypt {
 public:
  Bcrypt();
  Bcrypt(const Bcrypt&) = delete;
  Bcrypt& operator=(const Bcrypt&) = delete;
  ~Bcrypt();

  /// Whether `hash` was made of `password`. Takes as long for a wrong one as for the right one.
  /// REQUIRES: bcrypt_cost(hash).
  bool matches(const std::string& password, const std::string& hash);

 private:
  std::unique_ptr<crypt_data> scratch_;
};

}  // namespace serverpulse::http
