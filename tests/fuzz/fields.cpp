// SPDX-License-Identifier: LicenseRef-ServerPulse
//
// Any bytes as what the kernel prints, and each word of them as a number, a duration, a size and a
// text with variables. The first byte chooses the separator (white space for a space). What must
// hold: fields and separators together are the line, lines and line ends together the text, and an
// excerpt is short UTF-8.
#include "base/fields.h"

#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "config/options.h"
#include "config/substitute.h"

namespace {

using namespace serverpulse;

void require(bool holds) {
  if (!holds) std::abort();
}

void try_word(std::string_view word) {
  (void)parse_number<std::int64_t>(word);
  (void)parse_number<std::uint32_t>(word, 16);
  (void)parse_number<double>(word);
  if (const auto duration = config::parse_duration(word)) require(duration->count() >= 0);
  (void)config::parse_bytes(word);
  const auto put_in = config::substitute(word, {{"USER", "root"}});
  require(put_in ? put_in->size() <= word.size() + word.size() : !put_in.error().message.empty());
  const auto shown = excerpt(word);
  require(shown.size() <= 64 * 4 + 5 && is_utf8(shown));
}

void walk(std::string_view line, char separator) {
  std::string joined;
  Fields fields(line, separator);
  std::size_t count = 0;
  while (fields.more()) {
    const auto word = fields.word();
    if (count++ != 0) joined += separator;
    joined += word;
    try_word(word);
  }
  require(fields.ok() && joined == line);
}

void walk(std::string_view line) {
  std::size_t length = 0;
  Fields fields(line);
  while (fields.more()) {
    const auto word = fields.word();
    require(!word.empty() && word == trim(word));
    length += word.size();
    try_word(word);
  }
  require(fields.ok() && length <= line.size() && fields.word().empty() && !fields.ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes(data, data + size);
  const char separator = bytes.front() == '\0' ? ' ' : bytes.front();
  const auto text = std::string_view(bytes).substr(1);
  std::string joined;
  for (const auto line : Lines(text)) {
    joined += line;
    joined += '\n';
    if (separator == ' ') {
      walk(line);
    } else {
      walk(line, separator);
    }
  }
  if (!text.empty() && text.back() != '\n') joined.pop_back();
  require(joined == text);
  return 0;
}
