#include "json_text.h"

#include <array>

namespace netkit::exec {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

/// How a byte of ASCII is written; of size 0: as it is.
struct Escape {
  std::array<char, 6> text{};
  std::size_t size = 0;
};

constexpr std::array<Escape, 0x80> kEscapes = [] {
  constexpr std::string_view kKnown = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<Escape, 0x80> escapes{};
  for (std::size_t byte = 0; byte < ' '; ++byte) {
    escapes.at(byte) = {{'\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]}, 6};
  }
  for (std::size_t i = 0; i < kKnown.size(); ++i) {
    escapes.at(static_cast<unsigned char>(kKnown[i])) = {{'\\', kLetters[i]}, 2};
  }
  return escapes;
}();

std::size_t plain_run(std::string_view bytes) {
  std::size_t length = 0;
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    if (number >= kEscapes.size() || kEscapes[number].size > 0) break;
    ++length;
  }
  return length;
}

}  // namespace

void JsonText::add(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    if (missing_ > 0) {
      if (byte < least_ || byte > most_) {
        end(out);  // the byte begins another character
        continue;
      }
      go_on(byte, out);
    } else if (const std::size_t run = plain_run(bytes); run > 0) {
      out.append(bytes.substr(0, run));
      bytes.remove_prefix(run);
      continue;
    } else {
      begin_character(byte, out);
    }
    bytes.remove_prefix(1);
  }
}

void JsonText::end(std::string& out) {
  if (missing_ == 0) return;
  out.append(kReplacement);
  missing_ = 0;
}

/// The bytes of UTF-8 are those of table 3-7 of the Unicode Standard.
void JsonText::begin_character(unsigned char first, std::string& out) {
  if (first < kEscapes.size()) {
    out.append(kEscapes[first].text.data(), kEscapes[first].size);
    return;
  }
  if (first < 0xc2 || first > 0xf4) {
    out.append(kReplacement);
    return;
  }
  character_.assign(1, static_cast<char>(first));
  missing_ = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  least_ = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;  // shorter forms are no UTF-8
  most_ = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;   // nor are surrogates and what is beyond U+10FFFF
}

void JsonText::go_on(unsigned char byte, std::string& out) {
  character_ += static_cast<char>(byte);
  least_ = 0x80;
  most_ = 0xbf;
  if (--missing_ == 0) out.append(character_);
}

}  // namespace netkit::exec
