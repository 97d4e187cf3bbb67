#include "config/sections/listener/udp_sessions.h"

#include <cstdint>
#include <optional>

namespace netkit {
namespace {

constexpr std::int64_t kShortestIdle = 1'000'000;  // a millisecond
constexpr std::int64_t kMostConversations = 1'000'000;

}  // namespace

const OptionTable<UdpSessions>& udp_session_options() {
  static const OptionTable<UdpSessions> table({
      bind_option<UdpSessions>({.name = "idle",
                                .type = OptionType::duration,
                                .help = "how long a conversation may be silent",
                                .least = kShortestIdle},
                               &UdpSessions::idle),
      bind_option<UdpSessions>({.name = "max",
                                .type = OptionType::integer,
                                .help = "conversations at a time; further peers are not served",
                                .least = 1,
                                .most = kMostConversations},
                               &UdpSessions::max),
  });
  return table;
}

void read_udp_sessions(ObjectReader& reader, ListenerConfig& listener) {
  std::optional<ObjectReader> members = reader.take_object("udp_sessions");
  if (!members) return;
  if (!has_transport(listener, Transport::udp)) {
    reader.fail(members->where(), "'udp_sessions': expected transport udp beside it");
  }
  const PlacedOptions given = members->take_options(udp_session_options().specs());
  members->refuse_rest();
  listener.udp_sessions.emplace();
  udp_session_options().apply(given, *listener.udp_sessions, reader.errors());
}

}  // namespace netkit
