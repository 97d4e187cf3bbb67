// Fuzz target: the words of an exec message. Whatever the line, what was split and quoted again splits the same.

#include <string>

#include "fuzz/input.h"
#include "fuzz/require.h"
#include "words.h"

namespace {

/// As Python's shlex.quote() writes it.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char byte : word) {
    if (byte == '\'') {
      text += "'\"'\"'";
    } else {
      text += byte;
    }
  }
  return text + "'";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto words = netkit::exec::split_words(netkit::fuzz::Input(data, size).rest());
  if (!words) return 0;
  std::string line;
  for (const std::string& word : *words) line += " " + quoted(word);
  netkit::fuzz::require(netkit::exec::split_words(line) == words, "quoted words are split to themselves");
  return 0;
}
