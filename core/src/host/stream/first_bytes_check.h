#pragma once

#include <cstdint>
#include <string_view>

namespace netkit {

struct ListenerContext;
class Session;
class SessionHost;

/// What becomes of a connection after a look at its first bytes.
enum class FirstBytesVerdict : std::uint8_t {
  wait,    ///< For more of them; the session has been told so.
  refuse,  ///< They are an HTTP request: the session has ended.
  admit,   ///< They are to be decoded. What they look like is logged, if that is another protocol.
};

/// Looks at `bytes`, all that the peer of `connection` has sent. HTTP is refused, or waited for, if `refuse_http` says
/// so.
FirstBytesVerdict check_first_bytes(std::string_view bytes, Session& session, const SessionHost& connection,
                                    ListenerContext& context);

}  // namespace netkit
