// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Server: the public face of the loop.
#include "http/server.h"

#include "http/loop.h"

namespace serverpulse::http {

Server::Server() : stats_(std::make_shared<Stats>()) {}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions, Router, const log::Logger&,
                                              ServerHooks) {
  return fail("the HTTP server cannot listen in this build");
}

void Server::stop(std::chrono::milliseconds) {
  loop_.reset();
}

}  // namespace serverpulse::http
