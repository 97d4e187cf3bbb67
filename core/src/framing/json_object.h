#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "netkit/message.h"

namespace netkit {

/// The result of parsing the text of a json-header.
struct HeaderSize {
  std::uint64_t body = 0;  ///< The member `size`.
  std::string error;       ///< What is wrong with the text; empty if it is valid.
};

/// Checks the text of a json-header (RFC 8259, strictly) and reads its `size`. The text must be valid UTF-8 and one
/// object, nested at most 16 levels deep, with no duplicate name at any level and no NUL in a name; `size` must be a
/// whole number from 0 to 2^64-1. Never throws because of the text.
HeaderSize read_header_size(std::string_view text);

/// Formats a header byte for byte as Python's json.dumps does: filename, hash, size, then the further fields.
std::string format_header(const Header& header, std::uint64_t size);

}  // namespace netkit
