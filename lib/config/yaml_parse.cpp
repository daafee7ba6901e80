// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// The only file that includes yaml-cpp. Its event interface is used, not its nodes: events arrive
// while the text is being read, so a limit stops the work instead of judging its result, and its
// nodes are neither const nor safe to share between threads. yaml-cpp throws; nothing leaves here.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <set>
#include <sstream>
#include <unordered_map>

#include "base/fields.h"
#include "config/read_file.h"
#include "config/substitute.h"
#include "config/yaml.h"
#include "config/yaml_tree.h"

namespace serverpulse::config {
namespace {

using Tree = Document::Tree;

// Ends the parse from inside an event; never leaves this file.
struct Refused {
  std::string message;
};

class Builder final : public YAML::EventHandler {
 public:
  Builder(Tree& tree, const Environment* substitute) : tree_(tree), substitute_(substitute) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    leaf(mark, anchor, Node::Type::null, {});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    leaf(mark, anchor, Node::Type::scalar, value);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = finished_.find(anchor);
    if (found == finished_.end()) refuse(mark, "an alias inside the value that it stands for");
    if (awaits_key()) {
      refuse(mark, "want a text as key, found an alias");
    }
    count(mark, tree_.values[found->second].weight);
    attach(mark, found->second);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    start(mark, tag, anchor, Node::Type::list);
  }
  void OnSequenceEnd() override { finish(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    start(mark, tag, anchor, Node::Type::map);
  }
  void OnMapEnd() override { finish(); }

  /// What is wrong with a key that is a list or map; empty when none is.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

 private:
  // A list or map whose end has not been met.
  struct Open {
    std::uint32_t node;
    YAML::anchor_t anchor;
    std::set<std::string, std::less<>> keys;
    std::string path;
    Tree::Item pending;  // the key that waits for its value
    bool has_key = false;
    bool is_key = false;
  };

  [[nodiscard]] static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string_view what) const {
    throw Refused{place(tree_.file, line_of(mark), path()) + std::string(what)};
  }

  // The path of the value that the next event begins.
  [[nodiscard]] std::string path() const {
    if (open_.empty()) return {};
    const auto& top = open_.back();
    if (is_list(top)) return path_below(top.path, tree_.values[top.node].items.size());
    return top.has_key ? path_below(top.path, top.pending.key) : top.path;
  }

  [[nodiscard]] bool is_list(const Open& open) const {
    return tree_.values[open.node].type == Node::Type::list;
  }
  [[nodiscard]] bool awaits_key() const {
    return !open_.empty() && !is_list(open_.back()) && !open_.back().has_key;
  }

  // "?" is a plain value, "!" a quoted one.
  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:str") return;
    refuse(mark, "want no tag, found " + excerpt(tag));
  }

  void count(const YAML::Mark& mark, std::uint32_t nodes) {
    nodes_ += nodes;
    if (nodes_ > kMostYamlNodes) {
      refuse(mark, "more than " + std::to_string(kMostYamlNodes) + " values, aliases written out");
    }
    for (auto& open : open_) tree_.values[open.node].weight += nodes;
  }

  std::uint32_t make(const YAML::Mark& mark, Node::Type type) {
    Tree::Value value;
    value.type = type;
    value.line = line_of(mark);
    value.column = mark.column + 1;
    tree_.values.push_back(std::move(value));
    return static_cast<std::uint32_t>(tree_.values.size() - 1);
  }

  void key(const YAML::Mark& mark, const std::string& text) {
    auto& top = open_.back();
    if (!top.keys.insert(text).second) {
      refuse(mark, "the key " + excerpt(text) + " is here twice");
    }
    top.pending = {text, line_of(mark), 0};
    top.has_key = true;
  }

  void attach(const YAML::Mark& mark, std::uint32_t node) {
    if (open_.empty()) {
      tree_.root = node;
      return;
    }
    auto& top = open_.back();
    Tree::Item item{{}, line_of(mark), node};
    if (!is_list(top)) {
      item = std::move(top.pending);
      item.node = node;
      top.has_key = false;
    }
    tree_.values[top.node].items.push_back(std::move(item));
  }

  void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, Node::Type type,
            const std::string& text) {
    if (awaits_key()) {
      if (type == Node::Type::null) refuse(mark, "want a text as key, found nothing");
      if (anchor != 0) refuse(mark, "want no anchor on a key, found one");
      key(mark, text);
      return;
    }
    const auto node = make(mark, type);
    auto& value = tree_.values[node];
    value.text = text;
    if (substitute_ != nullptr && type == Node::Type::scalar) fill_in(value);
    count(mark, 1);
    attach(mark, node);
    if (anchor != 0) finished_[anchor] = node;
  }

  void fill_in(Tree::Value& value) {
    if (value.text.find("${") == std::string::npos) return;
    auto text = substitute(value.text, *substitute_);
    if (!text) {
      value.problem = std::move(text.error().message);
      return;
    }
    value.source = std::move(value.text);
    value.text = std::move(*text);
    substituted_ += value.text.size();
    if (substituted_ > kMostYamlBytes) {
      throw Refused{place(tree_.file, value.line, path()) +
                    "the variables put in come to more than 1 MiB"};
    }
  }

  void start(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
             Node::Type type) {
    check_tag(mark, tag);
    // Not refused at once: yaml-cpp takes a bracket that is never closed for the key of a map, and
    // then the depth, or that it is not closed, is what is wrong.
    const bool is_key = awaits_key();
    if (is_key && refusal_.empty()) {
      refusal_ = place(tree_.file, line_of(mark), path()) + "want a text as key, found a " +
                 (type == Node::Type::map ? "map" : "list");
    }
    if (open_.size() >= kMostYamlDepth) {
      throw Refused{place(tree_.file, line_of(mark), {}) + "more than " +
                    std::to_string(kMostYamlDepth) + " levels of lists and maps"};
    }
    std::string own_path = path();
    const auto node = make(mark, type);
    count(mark, 1);
    if (!is_key) attach(mark, node);
    Open open;
    open.is_key = is_key;
    open.node = node;
    open.anchor = anchor;
    open.path = std::move(own_path);
    open_.push_back(std::move(open));
  }

  void finish() {
    const auto& top = open_.back();
    if (top.anchor != 0) finished_[top.anchor] = top.node;
    const bool is_key = top.is_key;
    open_.pop_back();
    if (is_key) {
      open_.back().pending = {};
      open_.back().has_key = true;
    }
  }

  Tree& tree_;
  const Environment* substitute_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, std::uint32_t> finished_;
  std::string refusal_;
  std::size_t nodes_ = 0;
  std::size_t substituted_ = 0;
};

// yaml-cpp's messages are plain words, but some quote the byte that they stumbled over.
std::string in_print(const std::string& message) {
  const bool plain =
      std::all_of(message.begin(), message.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? message : excerpt(message);
}

}  // namespace

Result<Document> Document::parse(std::string_view text, std::string_view file,
                                 const Environment* substitute) {
  if (text.size() > kMostYamlBytes) return fail(std::string(file) + ": more than 1 MiB");
  const auto tree = std::make_shared<Tree>();
  tree->file = std::string(file);
  try {
    Builder builder(*tree, substitute);
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    if (tree->values.empty()) {
      tree->values.emplace_back().line = 1;
      tree->values.back().column = 1;
    } else {
      const auto first = tree->root;
      if (parser.HandleNextDocument(builder)) {
        return fail(tree->file + ":" + std::to_string(tree->values[tree->root].line) +
                    ": want one document, found a second");
      }
      tree->root = first;
    }
    if (!builder.refusal().empty()) return fail(builder.refusal());
    return Document(tree);
  } catch (const Refused& refused) {
    return fail(refused.message);
  } catch (const YAML::Exception& error) {
    return fail(tree->file + ":" + std::to_string(error.mark.line + 1) + ":" +
                std::to_string(error.mark.column + 1) + ": not YAML: " + in_print(error.msg));
  } catch (const std::exception& error) {
    return fail(tree->file + ": not YAML: " + in_print(error.what()));
  }
}

Result<Document> Document::load(const std::string& path, const Environment* substitute) {
  const auto text = read_file(path, kMostYamlBytes + 1);
  if (!text) return fail(text);
  return parse(*text, path, substitute);
}

}  // namespace serverpulse::config
