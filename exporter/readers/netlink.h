// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Cursors over what rtnetlink(7) answers: messages one after another, and the attributes of a
// message (netlink(7), include/uapi/linux/netlink.h). Both are a header with a length, padded to
// four bytes, in the byte order of this machine. Lengths come from outside: a header that claims
// more than is left ends the walk and is not ok(). Nothing is copied; views point into the dump.
#pragma once

#include <linux/netlink.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

namespace serverpulse::exporter {

/// The first bytes as a T; bytes that are missing are an error of the sender: nothing.
template <class T>
[[nodiscard]] std::optional<T> read_as(std::string_view bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// Text of an attribute, up to the zero byte that ends it.
[[nodiscard]] inline std::string_view netlink_text(std::string_view bytes) {
  return bytes.substr(0, bytes.find('\0'));
}

/// `while (walk.next()) … walk.header() … walk.body()`. Header is nlmsghdr or nlattr.
template <class Header>
class NetlinkWalk {
 public:
  explicit NetlinkWalk(std::string_view bytes) : rest_(bytes) {}

  bool next() {
    if (rest_.empty()) return false;
    const auto header = read_as<Header>(rest_);
    const std::size_t length = header ? length_of(*header) : 0;
    if (length < kHeader || length > rest_.size()) {
      ok_ = false;
      return false;
    }
    header_ = *header;
    body_ = rest_.substr(kHeader, length - kHeader);
    rest_.remove_prefix(std::min(rest_.size(), (length + 3U) & ~std::size_t{3}));
    return true;
  }
  [[nodiscard]] const Header& header() const { return header_; }
  [[nodiscard]] std::string_view body() const { return body_; }
  /// What has not been walked over yet.
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  static constexpr std::size_t kHeader = (sizeof(Header) + 3U) & ~std::size_t{3};
  static std::size_t length_of(const nlmsghdr& header) { return header.nlmsg_len; }
  static std::size_t length_of(const nlattr& header) { return header.nla_len; }

  std::string_view rest_;
  std::string_view body_;
  Header header_{};
  bool ok_ = true;
};

using NetlinkMessages = NetlinkWalk<nlmsghdr>;

class NetlinkAttributes : public NetlinkWalk<nlattr> {
 public:
  using NetlinkWalk::NetlinkWalk;
  /// Without the bits that say how the attribute is coded.
  [[nodiscard]] unsigned type() const {
    return header().nla_type & static_cast<unsigned>(NLA_TYPE_MASK);
  }
};

}  // namespace serverpulse::exporter
