#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "netkit/peer.h"

namespace netkit {

/// What an operator is shown of one conversation.
struct SessionReport {
  std::uint64_t id = 0;  ///< See Conversation::id().
  std::string listener{};
  std::string transport{};
  Peer peer{};
  std::chrono::nanoseconds age{0};
  std::chrono::nanoseconds idle{0};  ///< Since bytes have come or gone last.
  std::uint64_t received_bytes = 0;
  std::uint64_t received_messages = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t sent_messages = 0;
};

}  // namespace netkit
