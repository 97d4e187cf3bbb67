#include "ascii.h"

#include <climits>
#include <cstddef>
#include <cstring>

namespace uppercase {
namespace {

using Block [[gnu::vector_size(16)]] = unsigned char;
using SignedBlock [[gnu::vector_size(16)]] = signed char;
constexpr std::size_t kBlock = sizeof(Block);

constexpr char upper(char letter) { return static_cast<char>(letter >= 'a' && letter <= 'z' ? letter ^ 0x20 : letter); }

/// Adding a constant maps a-z to the largest signed bytes, so that one comparison finds them.
void upper_block(const char* from, char* to) {
  Block letters;
  std::memcpy(&letters, from, kBlock);
  const auto moved = reinterpret_cast<SignedBlock>(letters + (SCHAR_MAX - 'z'));
  letters ^= reinterpret_cast<Block>(moved > SCHAR_MAX - 26) & 0x20;
  std::memcpy(to, &letters, kBlock);
}

}  // namespace

void ascii_upper(std::string_view text, char* out) {
  const char* from = text.data();
  const std::size_t size = text.size();
  if (size < kBlock) {
    for (std::size_t i = 0; i < size; ++i) out[i] = upper(from[i]);
    return;
  }
  const std::size_t last = size - kBlock;  // the last block may overlap the one before it
  for (std::size_t at = 0; at < last; at += kBlock) upper_block(from + at, out + at);
  upper_block(from + last, out + last);
}

bool is_ascii(std::string_view text) {
  unsigned char bits = 0;
  for (const char letter : text) bits |= static_cast<unsigned char>(letter);
  return bits < 0x80;
}

}  // namespace uppercase
