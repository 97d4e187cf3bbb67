#pragma once

namespace netkit {

/// What this thread is calling of a plugin, for a report of a crash or of a call that does not return. Read within
/// signal handlers of the same thread.
struct CurrentCall {
  const char* name = nullptr;      ///< Null: what is called for each message, which has no time to say so.
  const char* listener = nullptr;  ///< Null: see current_channel.
};
inline thread_local constinit CurrentCall current_call;

/// Names a call while it lasts. The texts must outlive it.
class CallScope {
 public:
  explicit CallScope(const char* name, const char* listener = nullptr) : before_(current_call) {
    current_call.name = name;
    if (listener != nullptr) current_call.listener = listener;
  }
  ~CallScope() { current_call = before_; }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  const CurrentCall before_;
};

}  // namespace netkit
