#include "ascii.h"

#include <cstddef>

namespace uppercase {
namespace {

/// No branch and no table: the compiler turns a loop over this into vector instructions.
constexpr char upper(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  const auto distance = static_cast<unsigned char>(byte - 'a');
  const auto flipped = static_cast<unsigned char>(distance < 26 ? 'a' - 'A' : 0);
  return static_cast<char>(byte ^ flipped);
}

}  // namespace

void ascii_upper(std::string_view text, char* out) {
  const char* __restrict from = text.data();
  char* __restrict to = out;
  for (std::size_t i = 0; i < text.size(); ++i) to[i] = upper(from[i]);
}

bool is_ascii(std::string_view text) {
  unsigned char bits = 0;
  for (const char letter : text) bits |= static_cast<unsigned char>(letter);
  return bits < 0x80;
}

}  // namespace uppercase
