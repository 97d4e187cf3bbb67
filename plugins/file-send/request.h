#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace file_send {

/// What a message asks for.
struct Request {
  std::string filename;
  std::uint64_t offset = 0;         ///< Number of bytes that the client already has.
  std::optional<std::string> hash;  ///< Hash of the whole file that the client expects.
};

/// A malformed request; says what is wrong in one line.
struct BadRequest {
  std::string reason;
};

/// Parses a message: a relative path, optionally with one line end behind it; or, if it begins with {, a JSON object
/// (RFC 8259) with "filename" and optionally "offset" and "hash", each at most once, and no other member.
std::variant<Request, BadRequest> parse_request(std::string_view message);

}  // namespace file_send
