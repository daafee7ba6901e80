// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Any bytes as a configuration file: parsed with substitution, then every value read as every
// type. What must hold: nothing throws, no error is empty or shows bytes that are not text, and
// what was accepted is within the limits.
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "config/yaml.h"

namespace {

using namespace serverpulse;
using config::Node;

void require(bool holds) {
  if (!holds) std::abort();
}

void judge(const Error& error) {
  require(!error.message.empty() && is_utf8(error.message));
  for (const char c : error.message) {
    require(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  }
}

template <class T>
void judge(const Result<T>& result) {
  if (!result) judge(result.error());
}

void walk(const Node& node, std::size_t depth, std::size_t& count) {
  require(depth <= config::kMostYamlDepth);
  require(++count <= config::kMostYamlNodes);
  require(node.line() >= 1 && node.column() >= 1);
  judge(node.text());
  judge(node.boolean());
  judge(node.integer(-10, 10));
  judge(node.number());
  judge(node.duration());
  judge(node.bytes());
  judge(node.texts());
  if (const auto list = node.list()) {
    for (const auto& element : *list) walk(element, depth + 1, count);
  }
  if (const auto entries = node.entries()) {
    for (const auto& entry : *entries) walk(entry.value, depth + 1, count);
  }
  config::Map map(node);
  map.child("listen_address");
  judge(map.finish());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const config::Environment environment{{"USER", "root"}, {"LONG", std::string(10000, 'x')}};
  const auto document = config::Document::parse(text, "fuzz.yml", &environment);
  judge(document);
  if (!document) return 0;
  std::size_t count = 0;
  walk(document->root(), 0, count);
  return 0;
}
