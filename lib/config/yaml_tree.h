// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// What a parsed document is in memory: a flat vector of nodes that refer to each other by index.
// Private to lib/config: yaml_parse.cpp makes it, yaml.cpp reads it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml.h"

namespace serverpulse::config {

struct Document::Tree {
  struct Item {
    std::string key;  ///< Empty in a list.
    int line = 0;     ///< Of the key, from 1.
    std::uint32_t node = 0;
  };
  struct Value {
    Node::Type type = Node::Type::null;
    int line = 0;
    int column = 0;
    std::string text;     ///< A scalar's, after substitution.
    std::string source;   ///< A scalar's as the file has it, where that differs: errors quote this.
    std::string problem;  ///< Why a scalar has no value: a variable in it that is not set.
    std::vector<Item> items;
    std::uint32_t weight = 1;  ///< How many nodes this is with every alias written out.
  };
  std::string file;
  std::vector<Value> values;
  std::uint32_t root = 0;
};

/// `parent.key`, with the key in quotes when it is not a plain word.
[[nodiscard]] std::string path_below(std::string_view parent, std::string_view key);
/// `parent[index]`
[[nodiscard]] std::string path_below(std::string_view parent, std::size_t index);
/// `file:line: path: `, without the path where there is none.
[[nodiscard]] std::string place(std::string_view file, int line, std::string_view path);

}  // namespace serverpulse::config
