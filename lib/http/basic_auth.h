// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Basic authentication against bcrypt hashes, which take tens of milliseconds each by design. So
// a proof is worked out once, on a thread of its own at low priority, and remembered as a salted
// SHA-256 of user, hash and password: the scrapes of the next weeks are answered on the loop.
//
// A flood of wrong passwords cannot starve them: what is remembered never waits; what is not yet
// waits its turn among the addresses, not among the requests (fair_queue.h), so that a good
// password is proved after one proof for each address of the flood; equal credentials share one
// proof; what does not fit is `busy` (503) at once. An unknown user costs what a known one does:
// the proof is against a decoy of the cost of one of the known, always the same one for that name.
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
#include "http/fair_queue.h"

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
    std::size_t queue = 64;       ///< Proofs waiting.
    std::size_t per_source = 16;  ///< Of those, for one address; of IPv6, for a /64.
    std::size_t per_proof = 64;   ///< Requests that wait for the same proof.
    std::size_t denials = 1024;   ///< Wrong credentials remembered, 32 bytes each.
  };

  /// Whether a hash was made of a password; called by several threads at once.
  using Prover = std::function<bool(const std::string& password, const std::string& hash)>;

  explicit BasicAuth(Users users) : BasicAuth(std::move(users), Limits()) {}
  /// `prover`: in place of bcrypt, for tests.
  BasicAuth(Users users, const Limits& limits, Prover prover = {});
  BasicAuth(const BasicAuth&) = delete;
  BasicAuth& operator=(const BasicAuth&) = delete;
  /// Waits for proofs that are being worked out; whatever else waits is answered busy.
  ~BasicAuth();

  /// What was remembered of a user who went or whose hash changed is no longer believed.
  void set_users(Users users);

  /// The answer, where it is known at once; else nullopt, and `later` is called once, from another
  /// thread (or from the destructor). `address`: the client's. `who`: what forget() names.
  std::optional<Answer> check(const Credentials& credentials, const std::string& address,
                              Later later, const void* who = nullptr);
  /// `who` waits no longer: its `later` is destroyed instead of called, unless it is under way; a
  /// proof that nobody else waits for is not worked out.
  void forget(const void* who);

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Waiter {
    Later later;
    const void* who;
  };
  struct Proof {
    Digest digest;
    std::string user;
    std::string password;
    std::string hash;
    std::string source;
    bool known;
    std::vector<Waiter> waiting;
    ~Proof();  // Wipes the password.
  };

  [[nodiscard]] Digest digest(std::string_view user, std::string_view hash,
                              std::string_view password) const;
  [[nodiscard]] const std::string& decoy(std::string_view user) const;
  bool start_threads();
  void work(const std::stop_token& stop);
  std::vector<Waiter> conclude(Proof& proof, bool accepted);

  const Limits limits_;
  const Prover prover_;
  const std::array<unsigned char, 32> salt_;

  std::mutex mutex_;  // Guards all below.
  std::condition_variable_any wake_;
  Users users_;
  std::vector<std::string> decoys_;                   // One for each user, of its cost.
  std::map<std::string, Digest, std::less<>> right_;  // User to the last credentials found right.
  std::set<Digest> wrong_;
  std::deque<Digest> wrong_order_;                   // Oldest first.
  std::map<Digest, std::shared_ptr<Proof>> proofs_;  // Queued or being worked out.
  FairQueue<std::shared_ptr<Proof>> queue_;
  std::vector<std::jthread> threads_;
};

}  // namespace serverpulse::http
