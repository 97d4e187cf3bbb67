#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "handler/call.h"
#include "netkit/plugin.h"

namespace netkit::lua {

class LuaHandler;
class ScriptState;
class ScriptSession;

/// What a script holds of a session. It may hold it longer than that lasts.
struct SessionHandle {
  Conversation conversation;
  ScriptSession* session;  ///< Null once it has ended.
};

/// One conversation with its calls, timers and links. On its loop.
class ScriptSession final : public Handler {
 public:
  explicit ScriptSession(LuaHandler& handler) : handler_(handler) {}
  ~ScriptSession() override;

  bool sees_events() const override { return true; }
  void on_open(const Conversation& conversation) override;
  void on_message(const Message& message, Responder& responder) override;
  void on_close(const Conversation& conversation, const Ending& ending) override;

  /// Goes on with the call that waits by this number, if there still is one.
  void wake(std::uint64_t wait_number);

  ScriptState& state() const { return *state_; }
  const Conversation& conversation() const { return handle_->conversation; }
  /// The registry reference of what the script holds.
  int reference() const { return reference_; }
  bool has_ended() const { return handle_ == nullptr; }

  /// Calls the function `reference`, which is given up, after a time. False if there are too many timers.
  bool call_after(double seconds, int reference);

  /// A link that is to end with the session. False if there are too many.
  bool keep(const std::shared_ptr<Link>& link);

 private:
  struct CallTimer {
    std::uint64_t number;
    int reference;
    Timer timer;
  };
  /// What few sessions have.
  struct Extra {
    std::uint64_t last_number = 0;
    std::vector<std::unique_ptr<Call>> waiting;
    std::vector<CallTimer> timers;
    std::vector<std::weak_ptr<Link>> links;
  };

  Extra& extra();
  void begin(Call& call, int function, const Message* message, std::string_view reason);
  void go_on(Call& call, bool done);
  void wait(Call& call);
  void finish(Call& call);
  void fire(std::uint64_t number);
  void release();

  LuaHandler& handler_;
  ScriptState* state_ = nullptr;
  SessionHandle* handle_ = nullptr;  // inside Lua's memory, which the reference keeps
  int reference_ = LUA_NOREF;
  std::unique_ptr<Extra> extra_;
};

}  // namespace netkit::lua
