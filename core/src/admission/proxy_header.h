#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "admission/ip_address.h"

namespace netkit {

/// What stands at the front of a connection that comes through a proxy: who the proxy was connected by. Versions 1 (a
/// line) and 2 (binary) of the PROXY protocol (HAProxy, doc/proxy-protocol.txt, 2020/03/05).
struct ProxyHeader {
  enum class Status : std::uint8_t {
    need_more,  ///< Could be the beginning of a header.
    complete,
    absent,     ///< No header begins so.
    malformed,  ///< A header begins, and it is wrong.
  };
  struct Source {
    IpAddress address;
    std::uint16_t port = 0;
  };

  Status status = Status::need_more;
  std::size_t size = 0;            ///< complete: the bytes of the header.
  std::optional<Source> source{};  ///< complete: who is served; none if the proxy speaks for itself or does not know.
  const char* reason = "";         ///< malformed: what is wrong.

  static constexpr std::size_t kMostV1 = 107;   ///< As the specification has it.
  static constexpr std::size_t kMostV2 = 4096;  ///< It allows 65,551; what proxies add takes some hundred bytes.

  /// Looks at the first bytes of a connection, all that have come so far. An incomplete header is need_more for every
  /// beginning of it, and never after kMostV2 bytes.
  static ProxyHeader parse(std::string_view bytes);
};

}  // namespace netkit
