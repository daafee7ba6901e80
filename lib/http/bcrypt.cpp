// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/bcrypt.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <string.h>

#include <algorithm>

#include "base/fields.h"

namespace serverpulse::http {
namespace {

constexpr std::size_t kLength = 60;      // "$2y$10$" + 22 + 31
constexpr std::size_t kHashLength = 31;  // what is compared
constexpr unsigned kLeastCost = 4;
constexpr unsigned kMostCost = 31;
// crypt(3) looks at this many bytes at most; bcrypt at 72 of them.
constexpr std::size_t kMostPassword = 72;

bool is_salt_character(char c) {
  return c == '.' || c == '/' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z');
}

}  // namespace

Result<unsigned> bcrypt_cost(std::string_view hash) {
  const auto wrong = [&]() {
    return fail(
        "want a bcrypt hash (60 characters from $2a$, $2b$ or $2y$ on, cost 04 to 31), "
        "found other text of " +
        std::to_string(hash.size()) + " characters");
  };
  if (hash.size() != kLength) return wrong();
  if (hash.substr(0, 2) != "$2" || hash[3] != '$' || hash[6] != '$') return wrong();
  if (hash[2] != 'a' && hash[2] != 'b' && hash[2] != 'y') return wrong();
  const auto cost = parse_number<unsigned>(hash.substr(4, 2));
  if (!cost || *cost < kLeastCost || *cost > kMostCost) return wrong();
  if (!std::all_of(hash.begin() + 7, hash.end(), is_salt_character)) return wrong();
  return *cost;
}

std::string bcrypt_decoy(unsigned cost) {
  std::string hash = "$2y$";
  hash += static_cast<char>('0' + cost / 10);
  hash += static_cast<char>('0' + cost % 10);
  hash += '$';
  hash.append(kLength - hash.size(), '.');
  return hash;
}

Bcrypt::Bcrypt() : scratch_(std::make_unique<crypt_data>()) {}
Bcrypt::~Bcrypt() = default;

bool Bcrypt::matches(const std::string& password, const std::string& hash) {
  std::string phrase = password.substr(0, kMostPassword);
  const bool possible = password.find('\0') == std::string::npos;
  const char* const made = ::crypt_r(phrase.c_str(), hash.c_str(), scratch_.get());
  const bool same = made != nullptr && ::strlen(made) == kLength &&
                    CRYPTO_memcmp(made + kLength - kHashLength, hash.data() + kLength - kHashLength,
                                  kHashLength) == 0;
  OPENSSL_cleanse(phrase.data(), phrase.size());
  OPENSSL_cleanse(scratch_.get(), sizeof(crypt_data));
  return same && possible;
}

}  // namespace serverpulse::http
