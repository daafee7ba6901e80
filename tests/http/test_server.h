// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// TestServer: a Server on a free port with a few routes that every test knows.
#pragma once

#include <memory>
#include <string>

#include "http/server.h"

namespace serverpulse::http::testing {

/// Trusts nobody's name: a key and a certificate made on the spot.
class SelfSigned final : public TlsSource {
 public:
  SelfSigned();
  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;
  ~SelfSigned() override;
  [[nodiscard]] ssl_ctx_st* context() override;

 private:
  ssl_ctx_st* context_;
};

/// Routes: GET /hello ("hello\n"), POST /echo (its body, at most 1 MiB), GET /big (8 MiB of 'x'),
/// GET /throw, GET /drop (forgets its Reply), GET /inject (a header with a line end).
[[nodiscard]] Router standard_routes();

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}, Router router = standard_routes(),
                      ServerHooks hooks = {});

  Server* operator->() { return server_.get(); }
  [[nodiscard]] std::string address() const { return server_->addresses().front(); }
  /// Waits until `condition` holds; false when that takes more than ten seconds.
  template <class Condition>
  static bool eventually(const Condition& condition);

 private:
  SystemClock clock_;
  log::Logger logger_{clock_};
  std::unique_ptr<Server> server_;
};

/// Sleeps one millisecond; for eventually().
void nap();

template <class Condition>
bool TestServer::eventually(const Condition& condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) return true;
    nap();
  }
  return condition();
}

}  // namespace serverpulse::http::testing
