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
  std::uint64_t offset = 0;         ///< Bytes the client has already.
  std::optional<std::string> hash;  ///< Of the whole file, as the client knows it.
};

/// What is wrong with a message, in one line.
struct BadRequest {
  std::string reason;
};

/// Reads a message: a relative path, one line end behind it left out; or, if it begins with {, a JSON object (RFC 8259)
/// with "filename" and optionally "offset" and "hash", each at most once and nothing else.
std::variant<Request, BadRequest> parse_request(std::string_view message);

}  // namespace file_send
