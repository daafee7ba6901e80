// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/basic_auth.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <sys/resource.h>

#include <stdexcept>
#include <system_error>
#include <utility>

#include "http/bcrypt.h"

namespace serverpulse::http {
namespace {

constexpr int kNice = 5;  // A flood of proofs leaves most of the processor to the scrapes.
constexpr unsigned kUsualCost = 10;

std::array<unsigned char, 32> random_salt() {
  std::array<unsigned char, 32> salt{};
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random bytes");
  }
  return salt;
}

// So that ("ab", "c") and ("a", "bc") differ.
void append_sized(std::string& out, std::string_view part) {
  out.append(std::to_string(part.size())).append(":").append(part);
}

// Who has one IPv6 address mostly has its whole /64.
std::string source_of(const std::string& address) {
  std::array<char, 16> bytes{};
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
  return {bytes.data(), 8};
}

}  // namespace

BasicAuth::Proof::~Proof() {
  OPENSSL_cleanse(password.data(), password.size());
}

BasicAuth::BasicAuth(Users users, const Limits& limits, Prover prover)
    : limits_(limits),
      prover_(std::move(prover)),
      salt_(random_salt()),
      queue_(limits.queue, limits.per_source) {
  set_users(std::move(users));
}

BasicAuth::~BasicAuth() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();
  while (!queue_.empty()) {
    for (const auto& waiter : queue_.pop()->waiting) waiter.later(Answer::busy);
  }
}

void BasicAuth::set_users(Users users) {
  std::vector<std::string> decoys;
  for (const auto& [name, hash] : users) {
    decoys.push_back(bcrypt_decoy(bcrypt_cost(hash).value_or(kUsualCost)));
  }
  if (decoys.empty()) decoys.push_back(bcrypt_decoy(kUsualCost));
  const std::lock_guard lock(mutex_);
  std::erase_if(right_, [&](const auto& proved) {
    const auto now = users.find(proved.first);
    return now == users.end() || now->second != users_[proved.first];
  });
  users_ = std::move(users);
  decoys_ = std::move(decoys);
}

BasicAuth::Digest BasicAuth::digest(std::string_view user, std::string_view hash,
                                    std::string_view password) const {
  std::string text(salt_.begin(), salt_.end());
  text.reserve(text.size() + user.size() + hash.size() + password.size() + 64);
  append_sized(text, user);
  append_sized(text, hash);
  append_sized(text, password);
  Digest out{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
  OPENSSL_cleanse(text.data(), text.size());
  return out;
}

const std::string& BasicAuth::decoy(std::string_view user) const {
  const auto draw = digest(user, {}, {});
  return decoys_[(draw[0] | static_cast<std::size_t>(draw[1]) << 8U) % decoys_.size()];
}

std::optional<BasicAuth::Answer> BasicAuth::check(const Credentials& credentials,
                                                  const std::string& address, Later later,
                                                  const void* who) {
  std::unique_lock lock(mutex_);
  const auto user = users_.find(credentials.user);
  const bool known = user != users_.end();
  const auto& hash = known ? user->second : decoy(credentials.user);
  const auto key = digest(credentials.user, hash, credentials.password);
  const auto right = right_.find(credentials.user);
  if (right != right_.end() && CRYPTO_memcmp(right->second.data(), key.data(), key.size()) == 0) {
    return Answer::accepted;
  }
  if (wrong_.contains(key)) return Answer::denied;

  if (const auto same = proofs_.find(key); same != proofs_.end()) {
    auto& waiting = same->second->waiting;
    if (waiting.size() >= limits_.per_proof) return Answer::busy;
    waiting.push_back({std::move(later), who});
    return std::nullopt;
  }
  if (!start_threads()) return Answer::busy;
  auto proof = std::make_shared<Proof>(
      Proof{key, credentials.user, credentials.password, hash, source_of(address), known, {}});
  auto pushed = queue_.push(proof->source, proof);
  if (!pushed.taken) return Answer::busy;
  proof->waiting.push_back({std::move(later), who});
  proofs_.emplace(key, std::move(proof));
  if (pushed.evicted) proofs_.erase((*pushed.evicted)->digest);
  lock.unlock();
  wake_.notify_one();
  if (pushed.evicted) {
    for (const auto& waiter : (*pushed.evicted)->waiting) waiter.later(Answer::busy);
  }
  return std::nullopt;
}

void BasicAuth::forget(const void* who) {
  const std::lock_guard lock(mutex_);
  std::erase_if(proofs_, [&](const auto& entry) {
    auto& proof = *entry.second;
    const auto left =
        std::erase_if(proof.waiting, [who](const Waiter& waiter) { return waiter.who == who; });
    return left != 0 && proof.waiting.empty() && queue_.remove(proof.source, entry.second);
  });
}

// Whether there is at least one thread to work.
bool BasicAuth::start_threads() {
  try {
    while (threads_.size() < limits_.threads) {
      threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
  } catch (const std::system_error&) {  // No more threads to be had: those there are must do.
  }
  return !threads_.empty();
}

void BasicAuth::work(const std::stop_token& stop) {
  ::setpriority(PRIO_PROCESS, 0, kNice);  // On Linux: of this thread.
  Bcrypt bcrypt;
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [this] { return !queue_.empty(); }) && !stop.stop_requested()) {
    const auto proof = queue_.pop();
    lock.unlock();
    const bool match = prover_ ? prover_(proof->password, proof->hash)
                               : bcrypt.matches(proof->password, proof->hash);
    const bool right = match && proof->known;
    lock.lock();
    const auto waiting = conclude(*proof, right);
    lock.unlock();
    for (const auto& waiter : waiting) waiter.later(right ? Answer::accepted : Answer::denied);
    lock.lock();
  }
}

// Remembers the outcome; who waited for it. A digest contains the hash, so what was found wrong
// stays wrong whatever set_users() does.
std::vector<BasicAuth::Waiter> BasicAuth::conclude(Proof& proof, bool accepted) {
  proofs_.erase(proof.digest);
  if (accepted) {
    const auto user = users_.find(proof.user);
    if (user != users_.end() && user->second == proof.hash) right_[proof.user] = proof.digest;
  } else if (limits_.denials != 0 && wrong_.insert(proof.digest).second) {
    wrong_order_.push_back(proof.digest);
    if (wrong_order_.size() > limits_.denials) {
      wrong_.erase(wrong_order_.front());
      wrong_order_.pop_front();
    }
  }
  return std::move(proof.waiting);
}

}  // namespace serverpulse::http
