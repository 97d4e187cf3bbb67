#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace netkit {

/// What has happened on one listener and transport so far, for the log. Counts are since the server began to serve it;
/// a reload that changes the listener goes on with them.
struct ListenerTotals {
  using ByName = std::vector<std::pair<std::string, std::uint64_t>>;
  using Numbers = std::vector<std::pair<std::string, std::variant<std::uint64_t, std::int64_t, double>>>;

  std::string listener;
  std::string transport;
  std::uint64_t accepted = 0;        ///< Connections, and conversations over UDP.
  std::uint64_t open = 0;            ///< Those there are now; on UDP also calls that run.
  std::uint64_t messages = 0;        ///< Received.
  std::uint64_t answers = 0;         ///< Messages sent.
  std::uint64_t received_bytes = 0;  ///< Framing included, as below.
  std::uint64_t sent_bytes = 0;
  std::uint64_t limits_reached = 0;  ///< Also where limits.dry_run let it pass.
  std::uint64_t refused_calls = 0;   ///< Calls of the handler that were not made, since too many ran and waited.
  ByName closed{};                   ///< Ends by their CloseReason, refused connections among them.
  ByName dropped{};                  ///< Datagrams and answers to them by their DatagramDrop.

  Numbers plugin{};  ///< The metrics of the handler; only once, for the listener's first transport.

  /// False if there is nothing to tell.
  bool any() const {
    return accepted > 0 || messages > 0 || limits_reached > 0 || !closed.empty() || !dropped.empty() || !plugin.empty();
  }
};

}  // namespace netkit
