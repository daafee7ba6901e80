// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "config/yaml.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/fields.h"
#include "config/options.h"
#include "config/suggest.h"
#include "config/yaml_tree.h"

namespace serverpulse::config {
namespace {

constexpr std::array<std::string_view, 9> kTrue{"true", "True", "TRUE", "yes", "Yes",
                                                "YES",  "on",   "On",   "ON"};
constexpr std::array<std::string_view, 9> kFalse{"false", "False", "FALSE", "no", "No",
                                                 "NO",    "off",   "Off",   "OFF"};

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool plain_word(std::string_view key) {
  return !key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

}  // namespace

std::string path_below(std::string_view parent, std::string_view key) {
  std::string path(parent);
  if (!path.empty()) path += '.';
  return path + (plain_word(key) ? std::string(key) : excerpt(key));
}

std::string path_below(std::string_view parent, std::size_t index) {
  return std::string(parent) + "[" + std::to_string(index) + "]";
}

std::string place(std::string_view file, int line, std::string_view path) {
  std::string out = std::string(file) + ":" + std::to_string(line) + ": ";
  if (!path.empty()) out += std::string(path) + ": ";
  return out;
}

tl::unexpected<Error> fail_all(std::span<const std::string> errors) {
  std::string message;
  for (std::size_t i = 0; i < std::min(errors.size(), kMostErrors); ++i) {
    if (i != 0) message += '\n';
    message += errors[i];
  }
  if (errors.size() > kMostErrors) message += "\n… and more";
  return fail(std::move(message));
}

Node Document::root() const {
  return {tree_, tree_->root, {}};
}
const std::string& Document::file() const {
  return tree_->file;
}

Node::Type Node::type() const {
  return tree_->values[index_].type;
}
int Node::line() const {
  return tree_->values[index_].line;
}
int Node::column() const {
  return tree_->values[index_].column;
}
const std::string& Node::file() const {
  return tree_->file;
}

std::string Node::where() const {
  auto out = place(tree_->file, line(), path_);
  out.resize(out.size() - 2);  // the colon and space after it
  return out;
}

tl::unexpected<Error> Node::wrong(std::string_view message) const {
  return fail(place(tree_->file, line(), path_) + std::string(message));
}

std::string Node::found() const {
  const auto& value = tree_->values[index_];
  switch (value.type) {
    case Type::null:
      return "nothing";
    case Type::list:
      return "a list";
    case Type::map:
      return "a map";
    case Type::scalar:
      break;
  }
  return excerpt(value.source.empty() ? value.text : value.source);
}

Result<std::string_view> Node::scalar(std::string_view wanted) const {
  const auto& value = tree_->values[index_];
  if (!value.problem.empty()) return wrong(value.problem);
  if (value.type == Type::scalar) return std::string_view(value.text);
  return wrong("want " + std::string(wanted) + ", found " + found());
}

Result<std::string> Node::text() const {
  const auto value = scalar("text");
  if (!value) return fail(value);
  return std::string(*value);
}

Result<bool> Node::boolean() const {
  const auto value = scalar("true or false");
  if (!value) return fail(value);
  if (contains(kTrue, *value)) return true;
  if (contains(kFalse, *value)) return false;
  return wrong("want true or false, found " + found());
}

Result<std::int64_t> Node::integer(std::int64_t least, std::int64_t most) const {
  const auto value = scalar("a whole number");
  if (!value) return fail(value);
  const auto number = parse_number<std::int64_t>(*value);
  if (!number) return wrong("want a whole number, found " + found());
  if (*number < least || *number > most) {
    return wrong("want a whole number from " + std::to_string(least) + " to " +
                 std::to_string(most) + ", found " + found());
  }
  return *number;
}

Result<double> Node::number() const {
  const auto value = scalar("a number");
  if (!value) return fail(value);
  const auto number = parse_number<double>(*value);
  if (!number || !std::isfinite(*number)) return wrong("want a number, found " + found());
  return *number;
}

Result<std::chrono::nanoseconds> Node::duration() const {
  constexpr std::string_view kWanted = "a duration such as 5s, 1m30s or 100ms";
  const auto value = scalar(kWanted);
  if (!value) return fail(value);
  const auto duration = parse_duration(*value);
  if (!duration) return wrong("want " + std::string(kWanted) + ", found " + found());
  return *duration;
}

Result<std::uint64_t> Node::bytes() const {
  constexpr std::string_view kWanted = "a size such as 512MiB (B, KiB, MiB, GiB, TiB)";
  const auto value = scalar(kWanted);
  if (!value) return fail(value);
  const auto size = parse_bytes(*value);
  if (!size) return wrong("want " + std::string(kWanted) + ", found " + found());
  return *size;
}

Result<std::vector<Node>> Node::list() const {
  std::vector<Node> nodes;
  if (is_null()) return nodes;
  if (type() != Type::list) return wrong("want a list, found " + found());
  const auto& items = tree_->values[index_].items;
  nodes.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    nodes.push_back(Node(tree_, items[i].node, path_below(path_, i)));
  }
  return nodes;
}

Result<std::vector<std::string>> Node::texts() const {
  std::vector<std::string> texts;
  if (type() == Type::scalar) {
    auto text = this->text();
    if (!text) return fail(text);
    texts.push_back(std::move(*text));
    return texts;
  }
  const auto nodes = list();
  if (!nodes) return fail(nodes);
  for (const auto& node : *nodes) {
    auto text = node.text();
    if (!text) return fail(text);
    texts.push_back(std::move(*text));
  }
  return texts;
}

Result<std::vector<Node::Entry>> Node::entries() const {
  std::vector<Entry> entries;
  if (is_null()) return entries;
  if (type() != Type::map) return wrong("want a map, found " + found());
  for (const auto& item : tree_->values[index_].items) {
    entries.push_back({item.key, item.line, Node(tree_, item.node, path_below(path_, item.key))});
  }
  return entries;
}

Map::Map(Node node) : node_(std::move(node)) {
  if (node_.type() != Node::Type::map && !node_.is_null()) {
    note(node_.wrong("want a map, found " + node_.found()).value().message);
  }
}

std::optional<Node> Map::child(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  if (node_.type() != Node::Type::map) return std::nullopt;
  for (const auto& item : node_.tree_->values[node_.index_].items) {
    if (item.key == key) return Node(node_.tree_, item.node, path_below(node_.path_, key));
  }
  return std::nullopt;
}

bool Map::known_and_there(std::string_view key) {
  if (child(key)) return true;
  if (node_.type() == Node::Type::map || node_.is_null()) {
    note(node_.wrong("want a key \"" + std::string(key) + "\", found none").value().message);
  }
  return false;
}

bool Map::get_integer(std::string_view key, std::int64_t& out, std::int64_t least,
                      std::int64_t most) {
  const auto node = child(key);
  return node && store(node->integer(least, most), out);
}

bool Map::get_bytes(std::string_view key, std::uint64_t& out) {
  const auto node = child(key);
  return node && store(node->bytes(), out);
}

void Map::wrong(std::string_view key, std::string_view message) {
  const auto node = child(key);
  note((node ? *node : node_).wrong(message).value().message);
}

void Map::note(std::string message) {
  if (errors_.size() <= kMostErrors) errors_.push_back(std::move(message));
}

Status Map::finish() {
  if (node_.type() == Node::Type::map) {
    const std::vector<std::string_view> known(known_.begin(), known_.end());
    for (const auto& item : node_.tree_->values[node_.index_].items) {
      if (contains(known, item.key)) continue;
      note(place(node_.file(), item.line, node_.path_) + "unknown key " + excerpt(item.key) +
           suggestion(item.key, known));
    }
  }
  if (errors_.empty()) return {};
  return fail_all(errors_);
}

}  // namespace serverpulse::config
