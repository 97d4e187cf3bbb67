#pragma once

namespace netkit {

/// Decides whether one more call of a handler may be made. Thread-safe; outlives the sessions that ask it.
class CallLimiter {
 public:
  virtual ~CallLimiter() = default;
  /// Takes a place for a call; false if there is none.
  virtual bool admit() = 0;
  /// Gives the place back: the call is over, or will not be made.
  virtual void leave() = 0;
};

}  // namespace netkit
