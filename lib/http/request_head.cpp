// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The judgement on a head whose grammar is right. Two readers that disagree about where a body
// ends, or about the host, are what request smuggling lives on (RFC 9112, 11.2), so whatever could
// be read in two ways is refused, even where the RFC would let a server pick one.
#include "http/request_head.h"

#include "base/fields.h"
#include "http/text.h"

namespace serverpulse::http {
namespace {

/// Letters, digits and what IP literals, ports and percent-encoding need; no list, no user, no
/// path.
bool is_host(std::string_view host) {
  constexpr std::string_view kMarks = "-._~%:[]!$&'()*+;=";
  return std::all_of(host.begin(), host.end(), [&](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

/// What follows "http://" or "https://", or an empty view.
std::string_view after_scheme(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (same_name(target.substr(0, scheme.size()), scheme)) return target.substr(scheme.size());
  }
  return {};
}

}  // namespace

void RequestHead::start_line(std::string_view method, std::string_view target, int minor_version) {
  method_ = method;
  target_ = target;
  minor_version_ = minor_version;
}

Refusal RequestHead::settle() {
  for (const auto step :
       {&RequestHead::settle_target, &RequestHead::settle_framing, &RequestHead::settle_expect}) {
    if (const Refusal refusal = (this->*step)(); refusal.status != 0) return refusal;
  }
  return settle_host();
}

Refusal RequestHead::settle_target() {
  const bool visible = std::all_of(target_.begin(), target_.end(),
                                   [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  if (!visible) return {400, "the request target has a character that no URI has"};
  if (method_ == "CONNECT") return {501, "this server is no proxy"};
  auto rest = target_;
  if (!rest.starts_with('/') && !(rest == "*" && method_ == "OPTIONS")) {
    rest = after_scheme(target_);
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.empty() || !is_host(authority)) {
      return {400, "the request target is neither a path nor an http URI"};
    }
    rest.remove_prefix(authority.size());
  }
  const auto mark = std::min(rest.find('?'), rest.size());
  path_ = mark == 0 ? std::string_view("/") : rest.substr(0, mark);
  query_ = rest.substr(std::min(mark + 1, rest.size()));
  return {};
}

Refusal RequestHead::settle_host() const {
  const auto hosts = count("Host");
  if (hosts > 1) return {400, "more than one Host"};
  if (hosts == 0) return http_1_0() ? Refusal{} : Refusal{400, "no Host"};
  if (!is_host(*header("Host"))) return {400, "Host is not a host"};
  return {};
}

Refusal RequestHead::settle_framing() {
  const auto lengths = count("Content-Length");
  const auto codings = count("Transfer-Encoding");
  if (codings > 0 && lengths > 0) return {400, "both Transfer-Encoding and Content-Length"};
  if (lengths > 1) return {400, "more than one Content-Length"};
  if (codings > 1) return {400, "more than one Transfer-Encoding"};
  if (codings == 1) {
    if (http_1_0()) return {400, "HTTP/1.0 has no Transfer-Encoding"};
    if (!same_name(*header("Transfer-Encoding"), "chunked")) {
      return {501, "the only Transfer-Encoding served is chunked"};
    }
    framing_ = Framing::chunked;
  }
  if (lengths == 1) {
    const auto text = *header("Content-Length");
    const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
    const auto length = parse_number<std::uint64_t>(text);
    if (!digits || !length) return {400, "Content-Length is not a number"};
    content_length_ = *length;
    framing_ = *length > 0 ? Framing::length : Framing::none;
  }
  return {};
}

Refusal RequestHead::settle_expect() {
  if (http_1_0() || count("Expect") == 0) return {};
  if (count("Expect") > 1 || !same_name(*header("Expect"), "100-continue")) {
    return {417, "the only expectation served is 100-continue"};
  }
  expects_continue_ = framing_ != Framing::none;
  return {};
}

std::size_t RequestHead::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      headers_.begin(), headers_.end(), [&](const Header& h) { return same_name(h.name, name); }));
}

}  // namespace serverpulse::http
