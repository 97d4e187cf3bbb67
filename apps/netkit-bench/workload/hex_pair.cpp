#include "netkit-bench/workload/hex_pair.h"

#include <algorithm>
#include <cstdio>

namespace netkit::bench {
namespace {

constexpr std::size_t kShown = 16;
constexpr std::size_t kBefore = 8;  // bytes before the first difference

}  // namespace

std::string hex_row(std::string_view bytes) {
  bytes = bytes.substr(0, kShown);
  std::string hex;
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    char cell[4];
    std::snprintf(cell, sizeof cell, "%02x ", value);
    hex += cell;
    text += value >= 0x20 && value < 0x7f ? byte : '.';
  }
  hex.resize(3 * kShown, ' ');
  return hex + "|" + text + "|";
}

std::string hex_pair(std::string_view expected, std::string_view received, std::size_t at) {
  const std::size_t begin = at > kBefore ? at - kBefore : 0;
  const auto from = [begin](std::string_view bytes) { return bytes.substr(std::min(begin, bytes.size())); };
  return "differs from byte " + std::to_string(at) + " on; from byte " + std::to_string(begin) + ":\n  expected  " +
         hex_row(from(expected)) + "\n  received  " + hex_row(from(received));
}

}  // namespace netkit::bench
