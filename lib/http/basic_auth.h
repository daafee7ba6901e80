// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Basic authentication against bcrypt hashes, which take tens of milliseconds each by design. So
// a proof is worked out once, on a thread of its own at low priority, and remembered as a salted
// SHA-256 of user, hash and password: the scrapes of the next weeks are answered on the loop.
//
// A flood of wrong passwords cannot starve them: what is remembered never waits; each address may
// hold only a part of the queue; equal credentials share one proof; what does not fit is `busy`
// (503) at once. An unknown user costs what a known one does: the proof is against a decoy of the
// cost of one of the known, always the same one for that name.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/credentials.h"

namespace serverpulse::http {

/// Thread rule: any thread. REQUIRES: no call runs while it is destroyed.
class BasicAuth {
 public:
  /// Names to bcrypt hashes, as bcrypt_cost() accepts them.
  using Users = std::map<std::string, std::string, std::less<>>;
  enum class Answer : std::uint8_t { accepted, denied, busy };
  using Later = std::function<void(Answer)>;

  struct Limits {
    unsigned threads = 2;         ///< Started when first needed.
    std::size_t queue = 64;       ///< Proofs waiting or being worked out.
    std::size_t per_source = 16;  ///< Of those, for one address.
    std::size_t per_proof = 64;   ///< Requests that wait for the same proof.
    std::size_t denials = 1024;   ///< Wrong credentials remembered, 32 bytes each.
  };

  explicit BasicAuth(Users users) : BasicAuth(std::move(users), Limits()) {}
  BasicAuth(Users users, const Limits& limits);
  BasicAuth(const BasicAuth&) = delete;
  BasicAuth& operator=(const BasicAuth&) = delete;
  /// Waits for proofs that are being worked out; whatever else waits is answered busy.
  ~BasicAuth();

  /// What was remembered of a user whose hash changed is no longer believed.
  void set_users(Users users);

  /// The answer, where it is known at once; else nullopt, and `later` is called once, from another
  /// thread (or from the destructor). `source`: the client's address.
  std::optional<Answer> check(const Credentials& credentials, const std::string& source,
                              Later later);

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Proof {
    Digest digest;
    std::string user;
    std::string password;
    std::string hash;
    std::string source;
    bool known;
    std::vector<Later> waiting;
  };

  [[nodiscard]] Digest digest(std::string_view user, std::string_view hash,
                              std::string_view password) const;
  [[nodiscard]] const std::string& decoy(std::string_view user) const;
  bool start_threads();
  void work(const std::stop_token& stop);
  std::vector<Later> conclude(Proof& proof, bool accepted);

  const Limits limits_;
  const std::array<unsigned char, 32> salt_;

  std::mutex mutex_;  // Guards all below.
  std::condition_variable_any wake_;
  Users users_;
  std::vector<std::string> decoys_;                   // One for each user, of its cost.
  std::map<std::string, Digest, std::less<>> right_;  // User to the last credentials found right.
  std::set<Digest> wrong_;
  std::deque<Digest> wrong_order_;                   // Oldest first.
  std::map<Digest, std::shared_ptr<Proof>> proofs_;  // Queued or being worked out.
  std::deque<std::shared_ptr<Proof>> queue_;
  std::map<std::string, std::size_t, std::less<>> sources_;  // Of proofs_, by address.
  std::vector<std::jthread> threads_;
};

}  // namespace serverpulse::http
