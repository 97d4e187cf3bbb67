#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace netkit {

/// What the first bytes of a connection say about the protocol that the peer speaks.
enum class FirstBytes : std::uint8_t {
  undecided,     ///< They may become an HTTP request line.
  unknown,       ///< None of the others.
  http_request,  ///< A whole HTTP request line, or one that is too long to be anything else.
  tls_hello,
  ssh_banner,
};

/// How far an HTTP request line is looked for.
inline constexpr std::size_t kMostRequestLine = 8192;

/// Judges `bytes`, all that a connection has sent. A request line is a registered method, a target and HTTP/x.y, each
/// behind one space, then the line's end (RFC 9112). What has no end within kMostRequestLine counts as one if its
/// target begins as a path or a URL: a web page chooses how long that is.
FirstBytes judge_first_bytes(std::string_view bytes);

/// To be logged behind "begins with"; for those that are a protocol.
const char* to_string(FirstBytes protocol);

/// The line that `bytes` begin with.
std::string_view first_line_of(std::string_view bytes);

}  // namespace netkit
