// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Strict reading of YAML configuration files. A Document is one file, parsed; a Node is one value
// in it that knows where it stands; a Map is asked for the keys that the program knows, after which
// every other key in the file is an error. Every error is one line for a person:
//
//   web.yml:3: tls_server_config: unknown key "cert_fil", did you mean "cert_file"?
//
// What surprises: a value's type is what the reader asks for, so `password: 007` is the text "007",
// and a quoted "true" is as good a boolean as a bare one. Refused, since they are mistakes or
// attacks: duplicate keys, keys that are not scalars, tags other than !!str, several documents,
// more than 1 MiB, 64 levels or 100,000 nodes (aliases counted as if written out).
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"

namespace serverpulse::config {

/// Environment variables by name: a snapshot, so that tests hand in their own.
using Environment = std::map<std::string, std::string, std::less<>>;

/// The limits of a document, in bytes, levels and nodes.
inline constexpr std::size_t kMostYamlBytes = std::size_t{1} << 20U;
inline constexpr std::size_t kMostYamlDepth = 64;
inline constexpr std::size_t kMostYamlNodes = 100000;
/// More errors than this are not listed.
inline constexpr std::size_t kMostErrors = 20;

class Node;

/// One parsed file. Immutable; copies and Nodes share it. Thread rule: any thread.
class Document {
 public:
  /// `file` is what errors call it. With `substitute`, `${NAME}` in a scalar (never in a key) is
  /// replaced by that variable and `$${` is a literal `${`. An undefined variable is an error for
  /// whoever reads the value, so that it hides no other.
  /// An empty document is one null. Never throws; errors are lines, at most kMostErrors of them.
  static Result<Document> parse(std::string_view text, std::string_view file,
                                const Environment* substitute = nullptr);
  /// The same of a file, which must be a regular one. Errors name the path; kind unavailable when
  /// there is no such file.
  static Result<Document> load(const std::string& path, const Environment* substitute = nullptr);

  [[nodiscard]] Node root() const;
  [[nodiscard]] const std::string& file() const;

  struct Tree;

 private:
  explicit Document(std::shared_ptr<const Tree> tree) : tree_(std::move(tree)) {}
  std::shared_ptr<const Tree> tree_;
};

/// One value of a document. Cheap to copy; keeps the document alive. Thread rule: any thread.
class Node {
 public:
  enum class Type : std::uint8_t { null, scalar, list, map };
  struct Entry;

  [[nodiscard]] Type type() const;
  /// `key:` with nothing after it, `~` or `null`.
  [[nodiscard]] bool is_null() const { return type() == Type::null; }
  /// From 1.
  [[nodiscard]] int line() const;
  [[nodiscard]] int column() const;
  /// `scrape_configs[0].job_name`; empty for the root.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& file() const;

  /// Each reads the value as that type, or says what was wanted and what was found.
  [[nodiscard]] Result<std::string> text() const;
  /// true and false; also yes, no, on and off, as YAML 1.1 has them; first letter or all in
  /// upper case allowed.
  [[nodiscard]] Result<bool> boolean() const;
  [[nodiscard]] Result<std::int64_t> integer(
      std::int64_t least = std::numeric_limits<std::int64_t>::min(),
      std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  /// Finite.
  [[nodiscard]] Result<double> number() const;
  /// As parse_duration().
  [[nodiscard]] Result<std::chrono::nanoseconds> duration() const;
  /// As parse_bytes().
  [[nodiscard]] Result<std::uint64_t> bytes() const;
  /// The elements of a list; a null is an empty one.
  [[nodiscard]] Result<std::vector<Node>> list() const;
  /// A list of scalars; a single scalar is a list of one, a null an empty one.
  [[nodiscard]] Result<std::vector<std::string>> texts() const;
  /// The entries of a map whose keys the user chooses, in the order of the file; a null is an
  /// empty one. For keys that the program chooses use Map.
  [[nodiscard]] Result<std::vector<Entry>> entries() const;

  /// `exporter.yml:3: web.max_requests`: what errors about the value begin with.
  [[nodiscard]] std::string where() const;
  /// `return node.wrong("want …, found …")`: the error with place and path in front.
  [[nodiscard]] tl::unexpected<Error> wrong(std::string_view message) const;
  /// What stands here, for an error: `a list`, `a map`, `nothing`, or the text in quotes (as the
  /// file has it: a substituted variable's value is never shown).
  [[nodiscard]] std::string found() const;

 private:
  friend class Document;
  friend class Map;
  Node(std::shared_ptr<const Document::Tree> tree, std::uint32_t index, std::string path)
      : tree_(std::move(tree)), index_(index), path_(std::move(path)) {}
  [[nodiscard]] Result<std::string_view> scalar(std::string_view wanted) const;

  std::shared_ptr<const Document::Tree> tree_;
  std::uint32_t index_;
  std::string path_;
};

struct Node::Entry {
  std::string key;
  int line;  ///< Of the key, from 1.
  Node value;
};

/// Reads a map by the keys that the program knows, and collects what is wrong with it:
///
///   Map map(node);
///   map.get("listen_address", config.address);
///   map.require("job", config.job);
///   if (const auto tls = map.child("tls")) map.add(read_tls(*tls, config.tls));
///   return map.finish();
///
/// A null node is an empty map; one that is no map is the only error. Thread rule: one thread.
class Map {
 public:
  explicit Map(Node node);

  /// The value under `key`, which is known from now on; none when it is absent.
  std::optional<Node> child(std::string_view key);

  /// Reads the value under `key` into `out` as out's type (std::string, bool, std::int64_t, double,
  /// nanoseconds, vector of strings); leaves `out` alone when it is absent or wrong. Whether it was
  /// there and well-formed. A null is absent to a vector, an error to the others.
  template <class T>
  bool get(std::string_view key, T& out) {
    const auto node = child(key);
    return node && store(read<T>(*node), out);
  }
  /// The same, absent being an error.
  template <class T>
  bool require(std::string_view key, T& out) {
    if (!known_and_there(key)) return false;
    return get(key, out);
  }
  bool get_integer(std::string_view key, std::int64_t& out, std::int64_t least, std::int64_t most);
  bool get_bytes(std::string_view key, std::uint64_t& out);

  /// Notes an error that some other reader met.
  void add(const Status& status) {
    if (!status) note(status.error().message);
  }
  /// Notes an error about the value under `key`, or about the map where there is none.
  void wrong(std::string_view key, std::string_view message);

  /// Every error so far and every unknown key, one a line.
  [[nodiscard]] Status finish();

  [[nodiscard]] const Node& node() const { return node_; }

 private:
  template <class T>
  static Result<T> read(const Node& node) {
    if constexpr (std::is_same_v<T, std::string>) {
      return node.text();
    } else if constexpr (std::is_same_v<T, bool>) {
      return node.boolean();
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
      return node.integer();
    } else if constexpr (std::is_same_v<T, double>) {
      return node.number();
    } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
      return node.duration();
    } else {
      static_assert(std::is_same_v<T, std::vector<std::string>>);
      return node.texts();
    }
  }
  template <class T>
  bool store(Result<T> value, T& out) {
    if (!value) {
      note(value.error().message);
      return false;
    }
    out = std::move(*value);
    return true;
  }
  bool known_and_there(std::string_view key);
  void note(std::string message);

  Node node_;
  std::vector<std::string> known_;
  std::vector<std::string> errors_;
};

/// Errors as one: a line each, at most kMostErrors and then that there are more. REQUIRES: not
/// empty.
[[nodiscard]] tl::unexpected<Error> fail_all(std::span<const std::string> errors);

}  // namespace serverpulse::config
