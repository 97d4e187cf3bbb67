#pragma once

#include <cstdint>
#include <memory>

#include "netkit/responder.h"
#include "session/call_limiter.h"

namespace netkit {

/// Makes the handles of one conversation that a handler may keep. Any thread.
class HandleMaker {
 public:
  virtual ~HandleMaker() = default;
  /// Keeps it for a call on another thread.
  virtual std::shared_ptr<HandleMaker> hold() = 0;
  virtual Conversation conversation() = 0;
  /// The reply to the call of that number, see Session. Once for each. It keeps `permit`, if there is one, until the
  /// call is answered.
  virtual Reply make_reply(std::uint64_t call, CallPermit permit) = 0;
};

/// What a session asks of whoever carries its bytes. Implemented by the hosts; outlives the session.
class SessionHost {
 public:
  virtual ~SessionHost() = default;
  virtual Peer peer() const = 0;
  /// Whom the session's calls count for.
  virtual CallSource call_source() const { return {}; }
  /// A call was not made, since as many run and wait as may.
  virtual void call_refused() {}
  /// Made at the first call: a conversation that nobody keeps a handle of costs nothing. Lasts as long as the host
  /// does.
  virtual HandleMaker& handles() = 0;
};

}  // namespace netkit
