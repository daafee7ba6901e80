// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Two readers, one after the other. A scan finds the end of the head as its bytes arrive and
// refuses at once what no head may hold (a bare LF or CR, NUL, a folded line) or what is too long;
// the whole head then goes through Boost.Beast's basic_parser, which also takes chunked bodies
// apart. Beast 1.74 alone lets through folded lines, control bytes in quoted chunk extensions,
// equal Content-Lengths, unknown Transfer-Encodings and a missing Host. The one file that knows
// Beast; it uses none of its input or output.

// An assertion of 1.74's chunk parser is wrong (n >= 5, where "0 CR LF CR" of a last chunk that
// arrives byte by byte is 4): without this a client could end a debug build.
#define BOOST_DISABLE_ASSERTS

#include "http/request_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>

#include "http/server.h"
#include "http/text.h"

namespace serverpulse::http {
namespace {

namespace beast = boost::beast;
using beast::http::error;

// A chunk's size line, or all trailer fields: more is no honest client.
constexpr std::size_t kChunkOverhead = 8 * 1024;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

/// Whether the request line ends in a version, if not in one that is served.
bool names_a_version(std::string_view head) {
  const auto line = head.substr(0, head.find('\r'));
  const auto version = line.substr(line.rfind(' ') + 1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::count(line.begin(), line.end(), ' ') == 2 && version.size() == 8 &&
         version.starts_with("HTTP/") && digit(version[5]) && version[6] == '.' &&
         digit(version[7]);
}

Refusal refusal_of(const beast::error_code& code) {
  if (code == error::bad_method) return {400, "malformed method"};
  if (code == error::bad_target) return {400, "malformed request target"};
  if (code == error::bad_field) return {400, "malformed header name"};
  if (code == error::bad_value) return {400, "malformed header value"};
  if (code == error::bad_content_length) return {400, "malformed or doubtful Content-Length"};
  if (code == error::bad_transfer_encoding) return {400, "doubtful Transfer-Encoding"};
  if (code == error::bad_chunk || code == error::bad_chunk_extension) {
    return {400, "malformed chunk"};
  }
  return {400, "malformed request"};
}

}  // namespace

class RequestParser::Grammar final : public beast::http::basic_parser<true> {
 public:
  Grammar() {
    // The server counts. Not boost::none: 1.74 takes any Content-Length to be over that.
    body_limit(std::numeric_limits<std::uint64_t>::max());
    header_limit(std::numeric_limits<std::uint32_t>::max());  // the scan has counted
  }

  void read_into(RequestHead& head) { head_ = &head; }
  void hand_to(const Taker* taker) { taker_ = taker; }
  [[nodiscard]] bool taker_refused() const { return taker_refused_; }
  [[nodiscard]] std::size_t fields() const { return fields_; }

 private:
  using Text = beast::string_view;
  using Code = beast::error_code;

  void on_request_impl(beast::http::verb, Text method, Text target, int version, Code&) override {
    head_->start_line(view(method), view(target), version % 10);
  }
  void on_response_impl(int, Text, int, Code&) override {}
  void on_field_impl(beast::http::field, Text name, Text value, Code& code) override {
    ++fields_;
    if (!in_trailer_) {
      head_->add_field(view(name), view(value));
      return;
    }
    trailer_bytes_ += name.size() + value.size() + 4;
    if (trailer_bytes_ > kChunkOverhead) code = error::header_limit;
  }
  void on_header_impl(Code&) override { in_trailer_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(Text piece, Code& code) override { return take(piece, code); }
  void on_chunk_header_impl(std::uint64_t, Text extensions, Code& code) override {
    if (extensions.size() > kChunkOverhead || !is_field_value(view(extensions))) {
      code = error::bad_chunk_extension;
    }
  }
  std::size_t on_chunk_body_impl(std::uint64_t, Text piece, Code& code) override {
    return take(piece, code);
  }
  void on_finish_impl(Code&) override {}

  std::size_t take(Text piece, Code& code) {
    if (!piece.empty() && !(*taker_)(view(piece))) {
      taker_refused_ = true;
      code = error::body_limit;
    }
    return piece.size();
  }

  RequestHead* head_ = nullptr;
  const Taker* taker_ = nullptr;
  std::size_t fields_ = 0;
  std::size_t trailer_bytes_ = 0;
  bool in_trailer_ = false;
  bool taker_refused_ = false;
};

RequestParser::RequestParser(const Limits& limits)
    : limits_(&limits), grammar_(std::make_unique<Grammar>()) {}

RequestParser::~RequestParser() = default;

bool RequestParser::keep_alive() const {
  return grammar_->keep_alive();
}

bool RequestParser::refuse(int status, std::string_view reason) {
  refusal_ = {status, reason};
  return false;
}

/// One byte of the head. False: refused.
bool RequestParser::scan_byte(char byte) {
  const auto in_line = scanned_ - line_start_;
  if (byte == '\0') return refuse(400, "a NUL in the head");
  if (byte == '\n' && last_ != '\r') return refuse(400, "a line that ends without CR");
  if (byte != '\n' && last_ == '\r') return refuse(400, "a CR that ends no line");
  if (in_line == 0 && line_start_ > head_start_ && (byte == ' ' || byte == '\t')) {
    return refuse(400, "a folded header");
  }
  if (line_start_ == head_start_ && in_line > limits_->target + 64) {
    return refuse(414, "the request target is too long");
  }
  if (scanned_ - head_start_ >= limits_->head) return refuse(431, "the head is too large");
  ++scanned_;
  last_ = byte;
  if (byte != '\n') return true;
  const bool empty_line = in_line == 1;
  if (empty_line && line_start_ == 0) {
    head_start_ = scanned_;  // RFC 9112, 2.2: one empty line before a request is ignored
  } else if (empty_line && line_start_ == head_start_) {
    return refuse(400, "no request line");
  } else {
    head_whole_ = empty_line;
  }
  line_start_ = scanned_;
  return true;
}

bool RequestParser::scan(std::string_view bytes) {
  while (scanned_ < bytes.size() && !head_whole_) {
    if (!scan_byte(bytes[scanned_])) return false;
  }
  return true;
}

RequestParser::Step RequestParser::head(std::string_view bytes,
                                        const std::shared_ptr<const Peer>& peer) {
  if (!scan(bytes)) return refused();
  if (!head_whole_) return {};
  request_ = std::make_shared<RequestHead>(bytes.substr(head_start_, scanned_ - head_start_), peer);
  grammar_->read_into(*request_);
  const auto text = request_->own_bytes();
  beast::error_code code;
  grammar_->put(boost::asio::const_buffer(text.data(), text.size()), code);
  if (code == error::bad_version && names_a_version(text)) {
    refuse(505, "only HTTP/1.1 and HTTP/1.0 are served");
  } else {
    refusal_ = code ? refusal_of(code) : request_->settle();
  }
  if (refusal_.status == 0 && !grammar_->is_header_done()) refuse(400, "malformed request");
  if (refusal_.status == 0 && grammar_->fields() > limits_->headers) {
    refuse(431, "too many header fields");
  }
  if (refusal_.status == 0 &&
      request_->path().size() + request_->query().size() > limits_->target) {
    refuse(414, "the request target is too long");
  }
  return {scanned_, refusal_.status == 0 ? Progress::done : Progress::refused};
}

RequestParser::Step RequestParser::body(std::string_view bytes, const Taker& taker) {
  if (grammar_->is_done()) return {0, Progress::done};
  if (bytes.empty()) return {};
  grammar_->eager(true);
  grammar_->hand_to(&taker);
  beast::error_code code;
  const auto consumed = grammar_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), code);
  grammar_->hand_to(nullptr);
  if (grammar_->taker_refused()) return refused(consumed);
  if (code && code != error::need_more) {
    refusal_ = refusal_of(code);
    return refused(consumed);
  }
  if (grammar_->is_done()) return {consumed, Progress::done};
  if (bytes.size() - consumed > kChunkOverhead) {
    refuse(400, "a chunk's size line or trailer is too long");
    return refused(consumed);
  }
  return {consumed, Progress::need_more};
}

}  // namespace serverpulse::http
