#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "netkit/testing/test_server.h"

namespace netkit::testing {

/// One line of a trace: what the client sent or received, or that it ended its side.
struct TraceStep {
  /// What the client did.
  enum class Kind : std::uint8_t {
    sent,      ///< It sent `bytes`.
    received,  ///< It received `bytes`.
    ended,     ///< It sends nothing more.
  };
  Kind kind;                    ///< What it did here.
  std::chrono::nanoseconds at;  ///< Since the client's start.
  std::string bytes{};          ///< As they were on the wire.
};

/// Reads what `netkit-client --trace --hex` has written to standard error. Without --hex a trace has no bytes: throws
/// TestFailure, as for bytes that are fewer than a line says.
std::vector<TraceStep> read_trace(std::string_view text);

/// Connects to the server, which needs ServerSetup::framing, and does what the client did, at its times by the server's
/// clock. Throws TestFailure, with what was expected and what came, if the server sends other bytes than it sent then.
void replay(const std::vector<TraceStep>& trace, TestServer& server);

}  // namespace netkit::testing
