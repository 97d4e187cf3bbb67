#pragma once

#include <climits>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace file_send {

/// The longest name that the kernel opens, in bytes.
inline constexpr std::size_t kLongestName = PATH_MAX - 1;
/// The longest message that is parsed as JSON: a name of that length, each of its bytes escaped, and the other members.
inline constexpr std::size_t kLongestJson = kLongestName * std::size_t{6} + 1024;

/// What a message asks for.
struct Request {
  std::string filename;             ///< Of a longer name the first kLongestName + 1 bytes.
  std::uint64_t offset = 0;         ///< Number of bytes that the client already has.
  std::optional<std::string> hash;  ///< Hash of the whole file that the client expects.
};

/// A malformed request; says what is wrong in one line.
struct BadRequest {
  std::string reason;
};

/// Parses a message: a relative path, optionally with one line end behind it; or, if it begins with {, a JSON object of
/// at most kLongestJson bytes (RFC 8259) with "filename" and optionally "offset" and "hash", each at most once, and no
/// other member.
std::variant<Request, BadRequest> parse_request(std::string_view message);

}  // namespace file_send
