#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "interpreter/interpreter.h"
#include "netkit/plugin.h"

namespace netkit::lua {

/// The functions of a script that is a framing. It has some Lua states, so that event loops seldom wait for each other.
/// Any thread.
class FramingScript {
 public:
  enum class Half : std::uint8_t { decoder, encoder };

  /// What unwrap() has made of a frame. Without a body there is no message, and `reply` is for the peer.
  struct Unwrapped {
    std::optional<std::string> body;
    Attributes attributes;
    std::string reply;
  };

  /// Throws OptionError for a script that cannot be used for that half.
  FramingScript(const Options& options, Half half);

  /// How many bytes there must be before size() is asked.
  std::size_t header() const { return header_; }
  /// The largest frame: a script may change the size of what it wraps, so that is twice `max` and 1 KiB.
  std::size_t frame_max() const { return frame_max_; }

  // All throw ScriptError.

  /// The size of the frame that `bytes` begin with, of which the first `seen` bytes were asked about before; nothing if
  /// more are needed.
  std::optional<std::size_t> size(std::string_view bytes, std::size_t seen);
  Unwrapped unwrap(std::string_view frame);
  /// Throws std::length_error if the framing cannot carry the body.
  std::string wrap(std::string_view body, const Attributes& attributes);

 private:
  struct State {
    explicit State(const Options& options);
    std::mutex mutex;
    Interpreter interpreter;
    std::optional<int> size;
    std::optional<int> unwrap;
    std::optional<int> wrap;
  };

  std::unique_ptr<State> make_state(const Options& options, Half half);
  State& state_of_thread();

  const std::size_t frame_max_;
  std::size_t header_ = 1;
  std::vector<std::unique_ptr<State>> states_;
};

}  // namespace netkit::lua
