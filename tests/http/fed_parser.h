// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What a RequestParser makes of bytes that arrive in pieces, as one value that can be compared:
// for the tests of the parser and for its fuzz target.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/request_parser.h"
#include "http/server.h"

namespace serverpulse::http::testing {

/// Every request of the bytes, and how it ended.
struct Fed {
  std::string heads;  ///< Method, target and fields of each.
  std::string body;   ///< All bodies, one after the other.
  int requests = 0;
  bool complete = false;  ///< The last one was whole.
  int refused = 0;        ///< The status of the refusal, 0 without one.
  std::string reason;
  std::size_t consumed = 0;  ///< Not compared for a refusal: bytes behind it do not matter.

  bool operator==(const Fed& other) const {
    return heads == other.heads && body == other.body && requests == other.requests &&
           complete == other.complete && refused == other.refused && reason == other.reason &&
           (refused != 0 || consumed == other.consumed);
  }
};

namespace fed_parser {

inline void note_head(const RequestHead& request, Fed& fed) {
  ++fed.requests;
  fed.heads.append(request.method()).append(" ").append(request.path()).append("?");
  fed.heads.append(request.query()).append("\n");
  for (const Header& header : request.headers()) {
    fed.heads.append(header.name).append(": ").append(header.value).append("\n");
  }
}

/// Shows the parser what it has not consumed until it needs more. How that ended.
inline RequestParser::Progress drive(RequestParser& parser, std::string_view bytes, bool& in_body,
                                     Fed& fed) {
  const auto take = [&](std::string_view piece) {
    fed.body += piece;
    return true;
  };
  for (;;) {
    const auto rest = bytes.substr(fed.consumed);
    const auto step =
        in_body ? parser.body(rest, take) : parser.head(rest, std::make_shared<Peer>());
    if (step.consumed > rest.size()) std::abort();
    fed.consumed += step.consumed;
    if (in_body || step.progress != RequestParser::Progress::done) return step.progress;
    note_head(*parser.request(), fed);
    in_body = true;
  }
}

/// One request of `bytes`. True: it was whole, another one may follow.
inline bool feed_one(std::string_view bytes, const std::vector<std::uint8_t>& cuts, Fed& fed) {
  const Limits limits;
  RequestParser parser(limits);
  bool in_body = false;
  std::size_t shown = fed.consumed;
  for (std::size_t turn = 0; shown < bytes.size(); ++turn) {
    shown =
        cuts.empty() ? bytes.size() : std::min(bytes.size(), shown + 1 + cuts[turn % cuts.size()]);
    const auto progress = drive(parser, bytes.substr(0, shown), in_body, fed);
    fed.complete = progress == RequestParser::Progress::done;
    if (fed.complete) return true;
    if (progress == RequestParser::Progress::need_more) continue;
    fed.refused = parser.refusal().status;
    fed.reason = parser.refusal().reason;
    return false;
  }
  return false;
}

}  // namespace fed_parser

/// Feeds `bytes` cut into pieces of 1 + cuts[i % n] bytes; without cuts, all at once.
inline Fed feed(std::string_view bytes, const std::vector<std::uint8_t>& cuts) {
  Fed fed;
  while (fed.consumed < bytes.size() && fed_parser::feed_one(bytes, cuts, fed)) {
  }
  return fed;
}

}  // namespace serverpulse::http::testing
