#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "netkit/attributes.h"

namespace netkit {

/// The result of parsing the text of a json-header.
struct HeaderSize {
  std::uint64_t body = 0;  ///< The member `size`.
  std::string error;       ///< What is wrong with the text; empty if it is valid.
};

/// Checks the text of a json-header (RFC 8259, strictly) and reads it: one object of at most 16 levels, no name twice
/// at any level, no NUL in a name, valid UTF-8, `size` a whole number from 0 to 2^64-1. `attributes` is cleared and
/// gets the other members in their order: numbers that are no std::int64_t as double, objects and arrays as their JSON
/// text without spaces. It holds anything if there is an error. Never throws for what is in the text.
HeaderSize read_header(std::string_view text, Attributes& attributes);

/// The header's text, byte for byte as Python's json.dumps writes it: filename and hash, null where there is no such
/// attribute, size, then the other attributes in their order. The first of a name counts; an attribute `size` is left
/// out, and what JSON has no number for is null. Doubles from 1e15 to 1e16 have an exponent, which Python's have not.
std::string format_header(const Attributes& attributes, std::uint64_t size);

}  // namespace netkit
