#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "netkit/attributes.h"
#include "netkit/buffer.h"

namespace netkit {

/// Names of attributes that stand for the start line, as HTTP/2 has them (RFC 9113, 8.3): no header field can have a
/// name with a colon in front.
inline constexpr std::string_view kHttpMethod = ":method";  ///< Text: `GET`.
inline constexpr std::string_view kHttpPath = ":path";      ///< Text: the request target as it came, `/a?b=c`.
inline constexpr std::string_view kHttpStatus = ":status";  ///< Whole number: 200.

/// The head of an HTTP/1.1 message (RFC 9112): start line and header fields.
struct HttpHead {
  /// The start line as the attributes above, then each field in its order, its name in small letters. What concerns the
  /// framing alone is left out: connection, content-length, expect, keep-alive, transfer-encoding.
  Attributes attributes{};
  std::optional<std::uint64_t> content_length{};
  bool response = false;
  bool keep_alive = true;         ///< The connection may go on behind this message.
  bool expects_continue = false;  ///< Its sender waits for `100 Continue`.
  int status = 0;                 ///< Of a response.
};

/// Why a head is refused.
struct HttpRefusal {
  int status = 0;  ///< What a server answers; 0: the head is valid.
  std::string reason{};
};

/// Reads a head, given up to and with the empty line that ends it. Strict where leniency lets two readers disagree: a
/// line ends in CRLF, no space stands before a colon, no line is folded, lengths are digits and alike. Transfer codings
/// are refused with 501. `head` is whatever was read where something is wrong. Never throws for what is in the bytes.
HttpRefusal parse_http_head(std::string_view bytes, HttpHead& head);

/// The text of a status, `Not Found` for 404; empty if it is unknown.
std::string_view http_status_text(int status);

/// What a server sends to who sent a head that it refuses, and behind which it closes.
std::string http_refusal_text(const HttpRefusal& refusal);

/// Appends the fields among the attributes. Throws std::length_error, with nothing appended, if one of them has a name
/// or a value that no field can have.
void append_http_fields(const Attributes& attributes, Buffer& out);

}  // namespace netkit
