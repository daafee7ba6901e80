// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Router: a handful of routes, compared whole and in order; a table would not be faster.
#include <utility>

#include "http/http.h"

namespace serverpulse::http {
namespace {

class FunctionHandler final : public Handler {
 public:
  FunctionHandler(Router::Function function, std::uint64_t body_limit)
      : function_(std::move(function)), body_limit_(body_limit) {}
  [[nodiscard]] std::uint64_t body_limit() const override { return body_limit_; }
  void handle(const Request& request, std::string body, Reply reply) override {
    function_(request, std::move(body), std::move(reply));
  }

 private:
  Router::Function function_;
  std::uint64_t body_limit_;
};

void list_method(std::string& allow, std::string_view method) {
  if (!allow.empty()) allow += ", ";
  allow += method;
}

}  // namespace

void Router::add(std::string method, std::string path, std::shared_ptr<Handler> handler) {
  routes_.push_back({std::move(method), std::move(path), std::move(handler)});
}

void Router::add(std::string method, std::string path, Function function,
                 std::uint64_t body_limit) {
  add(std::move(method), std::move(path),
      std::make_shared<FunctionHandler>(std::move(function), body_limit));
}

Router::Found Router::find(std::string_view method, std::string_view path) const {
  Found found;
  const Route* get = nullptr;
  for (const Route& route : routes_) {
    if (route.path != path) continue;
    found.route = route.path;
    if (route.method == method) return {route.handler.get(), {}, route.path};
    list_method(found.allow, route.method);
    if (route.method != "GET") continue;
    get = &route;
    list_method(found.allow, "HEAD");
  }
  if (get != nullptr && method == "HEAD") return {get->handler.get(), {}, get->path};
  return found;
}

}  // namespace serverpulse::http
