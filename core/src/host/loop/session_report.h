#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "netkit/peer.h"

namespace netkit {

/// Which conversations an operator wants to see.
struct SessionQuery {
  std::string listener{};            ///< Empty: those of all listeners.
  std::string peer{};                ///< A part of the peer's address and port.
  std::chrono::nanoseconds age{0};   ///< They are at least so old,
  std::chrono::nanoseconds idle{0};  ///< and silent for at least so long.

  bool takes(std::string_view of_listener, std::chrono::nanoseconds of_age, std::chrono::nanoseconds of_idle) const {
    return (listener.empty() || listener == of_listener) && of_age >= age && of_idle >= idle;
  }
  /// `address` is the whole address as the log has it.
  bool takes_peer(std::string_view address) const { return address.find(peer) != std::string_view::npos; }
};

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
