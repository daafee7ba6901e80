// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The small parts of http.h: header look-up, query decoding (application/x-www-form-urlencoded,
// WHATWG URL), and the promise that a Reply answers once whatever happens to it.
#include "http/http.h"

#include <algorithm>

#include "http/text.h"

namespace serverpulse::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const Header& header : headers()) {
    if (same_name(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::vector<std::string> query_values(std::string_view query, std::string_view key) {
  std::vector<std::string> values;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    if (pair.empty() || decode(pair.substr(0, equals)) != key) continue;
    values.push_back(decode(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return values;
}

Response Response::text(int status, std::string body) {
  return Response{status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    Reply dropped(std::move(channel_));
    channel_ = std::move(other.channel_);
  }
  return *this;
}

Reply::~Reply() {
  if (channel_) send(Response::text(500, "Internal Server Error\n"));
}

void Reply::send(Response response) noexcept {
  if (const auto channel = std::exchange(channel_, nullptr)) channel->send(std::move(response));
}

bool Reply::hold(std::uint64_t bytes) noexcept {
  return channel_ && channel_->hold(bytes);
}

}  // namespace serverpulse::http
