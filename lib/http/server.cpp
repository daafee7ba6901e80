// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Server: opens what it listens on and hands it to the loop.
#include "http/server.h"

#include <sys/resource.h>

#include <algorithm>

#include "http/listener.h"
#include "http/loop.h"

namespace serverpulse::http {
namespace {

Result<std::vector<Listener>> listeners_for(const ServerOptions& options) {
  if (options.systemd_socket) return adopt_systemd_listeners();
  std::vector<Listener> listeners;
  for (const auto& spec : options.listen) {
    auto listener = Listener::open(spec);
    if (!listener) return fail(listener);
    listeners.push_back(std::move(*listener));
  }
  if (listeners.empty()) return fail("HTTP server: want at least one listen address, found none");
  return listeners;
}

/// Clients must not take the descriptors that the program's own work needs.
std::size_t most_connections(const Limits& limits) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return limits.connections;
  const rlim_t half = files.rlim_cur / 2;
  const rlim_t rest =
      files.rlim_cur - std::min<rlim_t>(files.rlim_cur, limits.reserved_descriptors);
  return std::min<rlim_t>(limits.connections, std::max(half, rest));
}

}  // namespace

Server::Server() : stats_(std::make_shared<Stats>()) {}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router,
                                              const log::Logger& logger, ServerHooks hooks) {
  auto listeners = listeners_for(options);
  if (!listeners) return fail(listeners);
  options.limits.connections = most_connections(options.limits);
  std::unique_ptr<Server> server(new Server);
  for (const Listener& listener : *listeners) server->addresses_.push_back(listener.address());
  server->loop_ = std::make_unique<Loop>(
      Service{options.limits, options.deadlines, std::move(router), hooks, &logger, server->stats_},
      std::move(*listeners));
  if (auto started = server->loop_->start(); !started) return fail(started);
  return server;
}

void Server::stop(std::chrono::milliseconds grace) {
  loop_->stop(grace);
}

}  // namespace serverpulse::http
