#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "netkit/message.h"

namespace netkit {

/// What was read from the text of a json-header.
struct HeaderSize {
  std::uint64_t body = 0;  ///< The member `size`.
  std::string error;       ///< What is wrong with the text; empty if nothing is.
};

/// Checks the text of a json-header (RFC 8259, strictly) and reads its `size`: one object of at most 16 levels, no name
/// twice at any level, no NUL in a name, valid UTF-8, `size` a whole number from 0 to 2^64-1. Never throws for what is
/// in the text.
HeaderSize read_header_size(std::string_view text);

/// The header's text, byte for byte as Python's json.dumps writes it: filename, hash, size, then the further fields.
std::string format_header(const Header& header, std::uint64_t size);

}  // namespace netkit
