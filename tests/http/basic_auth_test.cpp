// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "http/basic_auth.h"

#include <crypt.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

#include "http/bcrypt.h"

namespace serverpulse::http {
namespace {

using Answer = BasicAuth::Answer;

std::string hash_of(const std::string& password, const std::string& cost = "04") {
  auto scratch = std::make_unique<crypt_data>();
  const std::string setting = "$2y$" + cost + "$abcdefghijklmnopqrstuu";
  return ::crypt_r(password.c_str(), setting.c_str(), scratch.get());
}

// The answer, waited for where it comes later.
Answer ask(BasicAuth& auth, const std::string& user, const std::string& password,
           const std::string& source = "192.0.2.1") {
  auto promise = std::make_shared<std::promise<Answer>>();
  auto future = promise->get_future();
  const auto now = auth.check({user, password}, source,
                              [promise](Answer answer) { promise->set_value(answer); });
  return now ? *now : future.get();
}

// The answer if there is one at once.
std::optional<Answer> ask_now(BasicAuth& auth, const std::string& user, const std::string& password,
                              const std::string& source = "192.0.2.1") {
  return auth.check({user, password}, source, [](Answer) {});
}

BasicAuth::Users one_user() {
  return {{"prometheus", hash_of("secret")}};
}

TEST(Bcrypt, AgreesWithHashesOfAllThreeVersions) {
  Bcrypt bcrypt;
  for (const char version : {'a', 'b', 'y'}) {
    auto hash = hash_of("secret");
    hash[2] = version;
    EXPECT_TRUE(bcrypt.matches("secret", hash)) << version;
    EXPECT_FALSE(bcrypt.matches("Secret", hash)) << version;
    EXPECT_EQ(*bcrypt_cost(hash), 4U);
  }
}

TEST(Bcrypt, AgreesWithAHashMadeElsewhere) {
  // From the test vectors of Openwall's crypt_blowfish.
  Bcrypt bcrypt;
  EXPECT_TRUE(
      bcrypt.matches("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
}

TEST(Bcrypt, APasswordWithANulIsNeverRight) {
  Bcrypt bcrypt;
  EXPECT_FALSE(bcrypt.matches(std::string("secret\0", 7), hash_of("secret")));
  EXPECT_FALSE(bcrypt.matches(std::string("secret\0x", 8), hash_of("secret")));
}

TEST(Bcrypt, LooksAtThe72FirstBytes) {
  Bcrypt bcrypt;
  const std::string start(72, 'x');
  EXPECT_TRUE(bcrypt.matches(start + "anything", hash_of(start)));
  EXPECT_FALSE(bcrypt.matches(start.substr(1), hash_of(start)));
  EXPECT_TRUE(bcrypt.matches(std::string(2000, 'x'), hash_of(start)));
}

TEST(Bcrypt, NothingMatchesADecoy) {
  Bcrypt bcrypt;
  for (const char* password : {"", ".", "secret"}) {
    EXPECT_FALSE(bcrypt.matches(password, bcrypt_decoy(4)));
  }
  EXPECT_EQ(*bcrypt_cost(bcrypt_decoy(12)), 12U);
}

TEST(BasicAuth, AcceptsTheRightPassword) {
  BasicAuth auth(one_user());
  EXPECT_EQ(ask(auth, "prometheus", "secret"), Answer::accepted);
}

TEST(BasicAuth, DeniesAWrongPasswordAndAnUnknownUser) {
  BasicAuth auth(one_user());
  EXPECT_EQ(ask(auth, "prometheus", "guess"), Answer::denied);
  EXPECT_EQ(ask(auth, "prometheus", ""), Answer::denied);
  EXPECT_EQ(ask(auth, "nobody", "secret"), Answer::denied);
  EXPECT_EQ(ask(auth, "", ""), Answer::denied);
}

TEST(BasicAuth, AnswersTheSecondTimeAtOnce) {
  BasicAuth auth(one_user());
  ask(auth, "prometheus", "secret");
  ask(auth, "prometheus", "guess");
  EXPECT_EQ(ask_now(auth, "prometheus", "secret"), Answer::accepted);
  EXPECT_EQ(ask_now(auth, "prometheus", "guess"), Answer::denied);
}

TEST(BasicAuth, ARememberedPasswordIsNotAnotherUsers) {
  BasicAuth auth(BasicAuth::Users{{"a", hash_of("one")}, {"b", hash_of("two")}});
  EXPECT_EQ(ask(auth, "a", "one"), Answer::accepted);
  EXPECT_EQ(ask(auth, "b", "one"), Answer::denied);
  EXPECT_EQ(ask(auth, "b", "two"), Answer::accepted);
}

TEST(BasicAuth, ForgetsWhatWasRightWhenTheHashChanges) {
  BasicAuth auth(one_user());
  EXPECT_EQ(ask(auth, "prometheus", "secret"), Answer::accepted);
  auth.set_users({{"prometheus", hash_of("new secret")}});
  EXPECT_EQ(ask(auth, "prometheus", "secret"), Answer::denied);
  EXPECT_EQ(ask(auth, "prometheus", "new secret"), Answer::accepted);
}

TEST(BasicAuth, ForgetsWhatWasWrongWhenTheHashChanges) {
  BasicAuth auth(one_user());
  EXPECT_EQ(ask(auth, "prometheus", "new secret"), Answer::denied);
  auth.set_users({{"prometheus", hash_of("new secret")}});
  EXPECT_EQ(ask(auth, "prometheus", "new secret"), Answer::accepted);
}

TEST(BasicAuth, ARemovedUserIsNotLetIn) {
  BasicAuth auth(one_user());
  EXPECT_EQ(ask(auth, "prometheus", "secret"), Answer::accepted);
  auth.set_users({{"other", hash_of("x")}});
  EXPECT_EQ(ask(auth, "prometheus", "secret"), Answer::denied);
}

// In place of bcrypt: a password is right when it is the hash, and proofs wait for allow().
class Gate {
 public:
  BasicAuth::Prover prover() {
    return [this](const std::string& password, const std::string& hash) {
      std::unique_lock lock(mutex_);
      begun_.push_back(password);
      hashes_.push_back(hash);
      changed_.notify_all();
      changed_.wait(lock, [this] { return open_; });
      return password == hash;
    };
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_for_first() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !begun_.empty(); });
  }
  // The passwords of the proofs begun so far, and the hashes.
  std::vector<std::string> begun() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }
  std::vector<std::string> hashes() {
    const std::lock_guard lock(mutex_);
    return hashes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  std::vector<std::string> begun_;
  std::vector<std::string> hashes_;
};

// A BasicAuth with one thread, which is held by a first guess until gate.open().
struct Held {
  explicit Held(BasicAuth::Limits limits = {})
      : auth({{"user", "secret"}}, (limits.threads = 1, limits), gate.prover()) {
    ask_now(auth, "user", "first", "203.0.113.1");
    gate.wait_for_first();
  }
  // How many of `count` guesses from `address` must wait, and so do not get an answer at once.
  int flood(int count, const std::string& address) {
    int waiting = 0;
    for (int i = 0; i < count; ++i) {
      if (!ask_now(auth, "user", address + "/" + std::to_string(i), address)) ++waiting;
    }
    return waiting;
  }
  // The number of proofs begun before the good password's, which is asked for now.
  std::ptrdiff_t place_of_a_good_one() {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    const auto now = auth.check({"user", "secret"}, "192.0.2.1",
                                [promise](Answer answer) { promise->set_value(answer); });
    EXPECT_EQ(now, std::nullopt);
    gate.open();
    EXPECT_EQ(future.get(), Answer::accepted);
    const auto begun = gate.begun();
    return std::find(begun.begin(), begun.end(), "secret") - begun.begin();
  }

  Gate gate;
  BasicAuth auth;
};

TEST(BasicAuth, AFloodFromOneAddressDelaysANewGoodPasswordByOneProof) {
  Held held;
  EXPECT_EQ(held.flood(100, "198.51.100.1"), 16);
  EXPECT_EQ(held.place_of_a_good_one(), 2);  // The one under way, and one of the flood.
}

TEST(BasicAuth, AFloodFromSeveralAddressesDelaysANewGoodPasswordByOneProofOfEach) {
  Held held;
  for (int i = 0; i < 8; ++i) held.flood(100, "198.51.100." + std::to_string(i));
  EXPECT_EQ(held.place_of_a_good_one(), 9);
}

TEST(BasicAuth, AFullQueueMakesRoomForWhoHoldsLess) {
  BasicAuth::Limits limits;
  limits.queue = 4;
  Held held(limits);
  std::atomic<int> busy{0};
  for (const char* guess : {"1", "2", "3", "4"}) {
    held.auth.check({"user", guess}, "198.51.100.1", [&](Answer answer) {
      if (answer == Answer::busy) ++busy;
    });
  }
  EXPECT_EQ(held.place_of_a_good_one(), 2);
  EXPECT_EQ(busy, 1);
}

TEST(BasicAuth, ManyAddressesOfOneNetworkAreOneSource) {
  Held held;
  int waiting = 0;
  for (int i = 0; i < 100; ++i) waiting += held.flood(1, "2001:db8::" + std::to_string(i));
  EXPECT_EQ(waiting, 16);
  EXPECT_EQ(held.flood(1, "2001:db8:0:1::1"), 1);
  held.gate.open();
}

TEST(BasicAuth, WorksOutNothingThatNobodyWaitsForAnyMore) {
  Held held;
  int here = 0;
  int gone = 0;
  held.auth.check(
      {"user", "a"}, "192.0.2.7", [](Answer) {}, &gone);
  held.auth.check(
      {"user", "b"}, "192.0.2.7", [](Answer) {}, &gone);
  held.auth.check(
      {"user", "b"}, "192.0.2.7", [](Answer) {}, &here);
  held.auth.forget(&gone);
  EXPECT_EQ(held.place_of_a_good_one(), 2);
  EXPECT_EQ(held.gate.begun(), (std::vector<std::string>{"first", "b", "secret"}));
}

TEST(BasicAuth, AnUnknownUserCostsWhatAKnownOneDoes) {
  Gate gate;
  gate.open();
  BasicAuth auth({{"slow", hash_of("secret", "09")}}, {}, gate.prover());
  EXPECT_EQ(ask(auth, "slow", "guess"), Answer::denied);
  EXPECT_EQ(ask(auth, "nobody", "guess"), Answer::denied);
  const auto hashes = gate.hashes();
  ASSERT_EQ(hashes.size(), 2U);
  for (const auto& hash : hashes) EXPECT_EQ(*bcrypt_cost(hash), 9U);
}

TEST(BasicAuth, AReloadKeepsWhatWasProvedOfUnchangedUsers) {
  BasicAuth auth(one_user());
  ASSERT_EQ(ask(auth, "prometheus", "secret"), Answer::accepted);
  auto users = one_user();
  users["other"] = hash_of("x");
  auth.set_users(users);
  EXPECT_EQ(ask_now(auth, "prometheus", "secret"), Answer::accepted);
}

// Users whose proofs take long enough that everything below happens meanwhile.
BasicAuth::Users slow_users() {
  return {{"prometheus", hash_of("secret", "04")}, {"slow", hash_of("secret", "09")}};
}

TEST(BasicAuth, AFloodOfWrongPasswordsDoesNotDelayAKnownGoodOne) {
  BasicAuth auth(slow_users());
  ASSERT_EQ(ask(auth, "prometheus", "secret"), Answer::accepted);
  for (int i = 0; i < 200; ++i) {
    ask_now(auth, "slow", "guess" + std::to_string(i), "198.51.100." + std::to_string(i % 50));
    ASSERT_EQ(ask_now(auth, "prometheus", "secret"), Answer::accepted);
  }
}

TEST(BasicAuth, EqualCredentialsShareOneProof) {
  BasicAuth::Limits limits;
  limits.per_proof = 8;
  BasicAuth auth(slow_users(), limits);
  std::atomic<int> accepted{0};
  std::vector<std::optional<Answer>> at_once;
  for (int i = 0; i < 9; ++i) {
    at_once.push_back(auth.check({"slow", "secret"}, "192.0.2.1", [&](Answer answer) {
      if (answer == Answer::accepted) ++accepted;
    }));
  }
  EXPECT_EQ(std::count(at_once.begin(), at_once.end(), std::nullopt), 8);
  EXPECT_EQ(at_once.back(), Answer::busy);
  while (ask_now(auth, "slow", "secret") != Answer::accepted) std::this_thread::yield();
  while (accepted != 8) std::this_thread::yield();
}

TEST(BasicAuth, ForgetsTheOldestWrongCredentialsFirst) {
  BasicAuth::Limits limits;
  limits.denials = 2;
  BasicAuth auth(one_user(), limits);
  for (const char* guess : {"1", "2", "3"})
    EXPECT_EQ(ask(auth, "prometheus", guess), Answer::denied);
  EXPECT_EQ(ask_now(auth, "prometheus", "2"), Answer::denied);
  EXPECT_EQ(ask_now(auth, "prometheus", "3"), Answer::denied);
  EXPECT_EQ(ask_now(auth, "prometheus", "1"), std::nullopt);
}

TEST(BasicAuth, AnswersAllThatWaitsWhenItIsDestroyed) {
  std::atomic<int> answered{0};
  int waiting = 0;
  {
    BasicAuth auth(slow_users());
    for (int i = 0; i < 16; ++i) {
      const auto address = "192.0.2." + std::to_string(i / 4);
      if (!auth.check({"slow", std::to_string(i)}, address, [&](Answer) { ++answered; })) {
        ++waiting;
      }
    }
  }
  EXPECT_EQ(waiting, 16);
  EXPECT_EQ(answered, 16);
}

TEST(BasicAuth, ManyThreadsMayAskAtOnce) {
  BasicAuth auth(one_user());
  std::atomic<int> wrong_answers{0};
  {
    std::vector<std::jthread> askers;
    for (int t = 0; t < 4; ++t) {
      askers.emplace_back([&, t] {
        const std::string source = "192.0.2." + std::to_string(t);
        for (int i = 0; i < 25; ++i) {
          if (ask(auth, "prometheus", "secret", source) != Answer::accepted) ++wrong_answers;
          if (ask(auth, "prometheus", std::to_string(i), source) == Answer::accepted) {
            ++wrong_answers;
          }
          if (t == 0 && i % 5 == 0) auth.set_users(one_user());
        }
      });
    }
  }
  EXPECT_EQ(wrong_answers, 0);
}

RC_GTEST_PROP(BasicAuthProperty, OnlyTheRightCredentialsAreAccepted,
              (const std::string& password, const std::string& user, const std::string& guess)) {
  RC_PRE(password.find('\0') == std::string::npos && password.size() <= 72);
  BasicAuth auth(BasicAuth::Users{{user, hash_of(password)}});
  const bool right = guess == password;
  RC_ASSERT((ask(auth, user, guess) == Answer::accepted) == right);
  RC_ASSERT((ask(auth, user, guess) == Answer::accepted) == right);
  RC_ASSERT(ask(auth, user + "x", password) == Answer::denied);
  RC_ASSERT(ask(auth, user, password) == Answer::accepted);
  const bool cut_off = password.size() == 72;  // bcrypt sees no more.
  RC_ASSERT((ask(auth, user, password + "x") == Answer::accepted) == cut_off);
}

// Guesses one edit away from the password, where a slip in comparing would show.
RC_GTEST_PROP(BasicAuthProperty, NoNearMissIsAccepted, ()) {
  const auto password =
      *rc::gen::suchThat(rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)),
                         [](const std::string& text) { return !text.empty() && text.size() < 60; });
  const auto at = *rc::gen::inRange<std::size_t>(0, password.size());
  const auto byte = *rc::gen::arbitrary<char>();
  BasicAuth auth(BasicAuth::Users{{"u", hash_of(password)}});
  std::string changed = password;
  changed[at] = byte;
  std::string longer = password;
  longer.insert(at, 1, byte);
  std::string shorter = password;
  shorter.erase(at, 1);
  for (const auto& guess : {changed, longer, shorter}) {
    RC_ASSERT((ask(auth, "u", guess) == Answer::accepted) == (guess == password));
  }
}

TEST(Credentials, DecodesTheExampleOfTheStandard) {
  const auto found = parse_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user, "Aladdin");
  EXPECT_EQ(found->password, "open sesame");
}

TEST(Credentials, ThePasswordMayHoldColonsAndBeEmpty) {
  EXPECT_EQ(parse_basic("bAsIc YTpiOmM=")->password, "b:c");
  EXPECT_EQ(parse_basic("Basic YTo=")->password, "");
  EXPECT_EQ(parse_basic("Basic Og==")->user, "");
}

TEST(Credentials, RefusesWhatIsNotStrictBase64OfAPair) {
  for (const char* header :
       {"", "Basic", "Basic ", "Basic YQ==", "Basic YTpi=", "Basic YTpi====", "Basic Y T p i",
        "Basic YTpi\n", "Basic  YTpi", "Bearer YTpi", "BasicYTpi", "Basic YTp_", "Basic =YTp",
        "Basic YTpiY===", "Basic ===="}) {
    EXPECT_FALSE(parse_basic(header)) << header;
  }
}

}  // namespace
}  // namespace serverpulse::http
