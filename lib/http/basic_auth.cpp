// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/basic_auth.h"

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

}  // namespace

BasicAuth::BasicAuth(Users users, const Limits& limits) : limits_(limits), salt_(random_salt()) {
  set_users(std::move(users));
}

BasicAuth::~BasicAuth() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();
  for (const auto& proof : queue_) {
    for (const auto& later : proof->waiting) later(Answer::busy);
  }
}

void BasicAuth::set_users(Users users) {
  std::vector<std::string> decoys;
  for (const auto& [name, hash] : users) {
    decoys.push_back(bcrypt_decoy(bcrypt_cost(hash).value_or(kUsualCost)));
  }
  if (decoys.empty()) decoys.push_back(bcrypt_decoy(kUsualCost));
  const std::lock_guard lock(mutex_);
  users_ = std::move(users);
  decoys_ = std::move(decoys);
  right_.clear();
  wrong_.clear();
  wrong_order_.clear();
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
                                                  const std::string& source, Later later) {
  const std::lock_guard lock(mutex_);
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
    waiting.push_back(std::move(later));
    return std::nullopt;
  }
  const auto held = sources_.find(source);
  if (proofs_.size() >= limits_.queue ||
      (held != sources_.end() && held->second >= limits_.per_source) || !start_threads()) {
    return Answer::busy;
  }
  auto proof = std::make_shared<Proof>(
      Proof{key, credentials.user, credentials.password, hash, source, known, {}});
  proof->waiting.push_back(std::move(later));
  ++sources_[source];
  proofs_.emplace(key, proof);
  queue_.push_back(std::move(proof));
  wake_.notify_one();
  return std::nullopt;
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
    const auto proof = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const bool right = bcrypt.matches(proof->password, proof->hash) && proof->known;
    OPENSSL_cleanse(proof->password.data(), proof->password.size());
    lock.lock();
    const auto waiting = conclude(*proof, right);
    lock.unlock();
    for (const auto& later : waiting) later(right ? Answer::accepted : Answer::denied);
    lock.lock();
  }
}

// Remembers the outcome; who waited for it. A digest contains the hash, so one that was found
// right for a hash that set_users() has replaced meanwhile is remembered in vain, not wrongly.
std::vector<BasicAuth::Later> BasicAuth::conclude(Proof& proof, bool accepted) {
  proofs_.erase(proof.digest);
  const auto source = sources_.find(proof.source);
  if (--source->second == 0) sources_.erase(source);
  if (accepted && users_.contains(proof.user)) {
    right_[proof.user] = proof.digest;
  } else if (!accepted && limits_.denials != 0 && wrong_.insert(proof.digest).second) {
    wrong_order_.push_back(proof.digest);
    if (wrong_order_.size() > limits_.denials) {
      wrong_.erase(wrong_order_.front());
      wrong_order_.pop_front();
    }
  }
  return std::move(proof.waiting);
}

}  // namespace serverpulse::http
