#include "netkit-client/output/hex_dump.h"

#include <algorithm>
#include <cstdio>

namespace netkit::client {
namespace {

std::string row(std::uint64_t offset, std::string_view bytes) {
  constexpr std::size_t kHexWidth = 50;
  char cell[24];
  std::snprintf(cell, sizeof cell, "%08llx  ", static_cast<unsigned long long>(offset));
  const std::string start = cell;
  std::string hex;
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    std::snprintf(cell, sizeof cell, "%02x ", byte);
    hex += cell;
    if (i == 7) hex += ' ';
    text += byte >= 0x20 && byte < 0x7f ? bytes[i] : '.';
  }
  hex.resize(kHexWidth, ' ');
  return start + hex + "|" + text + "|\n";
}

}  // namespace

std::string HexDump::feed(std::string_view bytes) {
  std::string rows;
  while (pending_.size() + bytes.size() >= kRow) {
    const std::size_t taken = kRow - pending_.size();
    pending_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    rows += row(offset_, pending_);
    offset_ += kRow;
    pending_.clear();
  }
  pending_ += bytes;
  return rows;
}

std::string HexDump::finish() {
  std::string last = pending_.empty() ? std::string() : row(offset_, pending_);
  pending_.clear();
  offset_ = 0;
  return last;
}

}  // namespace netkit::client
