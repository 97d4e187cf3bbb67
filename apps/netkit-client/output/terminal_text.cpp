#include "netkit-client/output/terminal_text.h"

#include <langinfo.h>
#include <unistd.h>

#include <clocale>
#include <cstddef>
#include <cstdint>

namespace netkit::client {
namespace {

bool locale_is_utf8() {
  static const bool utf8 = [] {
    std::setlocale(LC_CTYPE, "");
    return std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  }();
  return utf8;
}

void append_escaped(char byte, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  out += "\\x";
  out += kHex[value >> 4];
  out += kHex[value & 15];
}

/// One character at the front of the bytes.
struct Character {
  std::size_t size = 1;
  bool whole = true;     ///< False: the bytes end within it.
  bool visible = false;  ///< It can be shown as it is.
};

/// Looks at a UTF-8 sequence (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
Character sequence_at(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first < 0xc2 || first > 0xf4) return {};
  const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::uint32_t code = first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if (i == bytes.size()) return {.size = i, .whole = false};
    const auto next = static_cast<unsigned char>(bytes[i]);
    if ((next & 0xc0) != 0x80) return {};
    code = code << 6 | (next & 0x3f);
  }
  constexpr std::uint32_t kLeast[] = {0xa0, 0x800, 0x10000};  // below 0xa0 are the control characters of C1
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return {.size = size, .visible = code >= kLeast[size - 2] && code <= 0x10ffff && !surrogate};
}

Character character_at(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first == '\r') return {.size = 1, .whole = bytes.size() > 1};
  if (first < 0x80) return {.visible = (first >= 0x20 && first != 0x7f) || first == '\n' || first == '\t'};
  return locale_is_utf8() ? sequence_at(bytes) : Character();
}

}  // namespace

std::string TerminalText::feed(std::string_view bytes) {
  const std::string all = kept_.append(bytes);
  kept_.clear();
  std::string shown;
  for (std::string_view rest = all; !rest.empty();) {
    const Character character = character_at(rest);
    if (!character.whole) {
      kept_ = rest;
      break;
    }
    const std::string_view whole = rest.substr(0, character.size);
    if (character.visible) {
      shown += whole;
    } else if (!rest.starts_with("\r\n")) {
      for (const char byte : whole) append_escaped(byte, shown);
    }
    rest.remove_prefix(character.size);
  }
  return shown;
}

std::string TerminalText::finish() {
  std::string shown;
  for (const char byte : kept_) append_escaped(byte, shown);
  kept_.clear();
  return shown;
}

std::string terminal_text(std::string_view text) {
  TerminalText whole;
  std::string shown = whole.feed(text);
  return shown + whole.finish();
}

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

}  // namespace netkit::client
