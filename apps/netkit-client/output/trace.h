#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace netkit::client {

/// Tracks the frame boundaries of one direction of a stream, to tell which frames a read or write contained.
class FrameTrack {
 public:
  /// Appends a frame of `size` bytes.
  void add_frame(std::uint64_t size);

  /// Moves on by `count` bytes. Returns the frames in them: [#1 13] for a whole one, [#2 7 of 13 ... for one that
  /// begins here, ... #2 6 of 13] for one that ends here. `expected` is the size of the frame that is not added yet, 0
  /// if unknown.
  std::string advance(std::uint64_t count, std::uint64_t expected = 0);

 private:
  struct Frame {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  std::string describe(std::uint64_t from, std::uint64_t to, std::uint64_t size, bool complete) const;

  std::deque<Frame> frames_;    // added and not yet passed
  std::uint64_t number_ = 1;    // number of frames_.front(), or of the next frame to be added
  std::uint64_t added_ = 0;     // offset of the last added frame's end
  std::uint64_t position_ = 0;  // offset of the bytes seen so far
};

/// Writes a line to standard error for each read and write on the wire.
class Trace {
 public:
  /// `hex`: the bytes follow each line.
  explicit Trace(bool hex) : hex_(hex) {}

  void event(std::string_view text) const;

  /// The frames of a new connection count from 1.
  void begin_connection() { sent_ = received_ = {}; }

  void frame_to_send(std::uint64_t size) { sent_.add_frame(size); }
  void sent(std::string_view bytes);

  void frame_received(std::uint64_t size) { received_.add_frame(size); }
  void received(std::string_view bytes, std::uint64_t expected);

 private:
  void line(std::string_view direction, std::string_view bytes, const std::string& frames) const;

  const bool hex_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  FrameTrack sent_;
  FrameTrack received_;
};

}  // namespace netkit::client
