#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace netkit {

/// Which conversations to list.
struct SessionFilter {
  std::string listener{};            ///< Empty: of all listeners.
  std::string peer{};                ///< A part of the peer's address and port.
  std::chrono::nanoseconds age{0};   ///< They are at least so old,
  std::chrono::nanoseconds idle{0};  ///< and silent for at least so long.
  std::size_t limit = 1000;          ///< The most to list, of all that the rest leaves.
};

/// What is to be done to the server.
struct AdminCommand {
  enum class Action : std::uint8_t { reload, log_level, kill, pause, resume, drain };

  Action action = Action::reload;
  std::string target{};  ///< log_level: the level; pause, resume, drain: the listener.
  std::uint64_t id = 0;  ///< kill: the conversation.
};

/// How a command went.
struct AdminOutcome {
  enum class Result : std::uint8_t { done, not_found, failed };

  Result result = Result::done;
  /// What was done, or why it was not. One line, or several for what a reload has changed or found wrong.
  std::string text{};
};

/// What the endpoint for operators shows and steers: the server, or a stand-in in a test. Thread-safe; the functions
/// return at once.
class Administration {
 public:
  using Lines = std::function<void(nlohmann::ordered_json)>;
  using Done = std::function<void(AdminOutcome)>;

  virtual ~Administration() = default;

  /// False from the first moment of a drain.
  virtual bool ready() const = 0;
  /// In the text format of Prometheus, version 0.0.4.
  virtual std::string metrics() const = 0;
  virtual nlohmann::ordered_json status() const = 0;
  /// One object for each listener and transport.
  virtual nlohmann::ordered_json listeners() const = 0;
  /// One object for each listener and transport that has met malformed bytes: the last ones.
  virtual nlohmann::ordered_json errors() const = 0;
  /// Calls `done` once, on any thread, with an object for each generation of a plugin that is loaded.
  virtual void plugins(Lines done) = 0;
  /// Calls `done` once, on any thread, with an object for each conversation.
  virtual void sessions(const SessionFilter& filter, Lines done) = 0;
  /// Calls `done` once, on any thread, when it is done or has failed.
  virtual void act(AdminCommand command, Done done) = 0;
};

}  // namespace netkit
