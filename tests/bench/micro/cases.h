#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace netkit::micro {

/// How many messages one call of Case::run works off: what one read brings under load.
inline constexpr std::size_t kBatch = 32;
/// Bytes of each message's body.
inline constexpr std::size_t kBody = 64;

/// One thing whose cost is counted.
struct Case {
  using Task = std::function<void()>;

  std::string name;  ///< E.g. "decode length" or "session length uppercase".
  Task run;          ///< Works off kBatch messages. Throws if something else than those came out.
  /// Runs a task on the thread that works for the case, between its messages, and waits for it.
  std::function<void(const Task&)> on_thread = [](const Task& task) { task(); };
};

/// Codecs and sessions alone: decoding and encoding in every framing; whole sessions with the echo and uppercase
/// plugins of the folder `plugins`.
std::vector<Case> cases_alone(const std::string& plugins);

/// Calls `visit` for each case from socket to socket: an event loop serves a client over the loopback, and what counts
/// is the loop's thread. A case lasts as long as the call.
void visit_cases_through_sockets(const std::string& plugins, const std::function<void(const Case&)>& visit);

}  // namespace netkit::micro
