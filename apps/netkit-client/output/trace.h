#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace netkit::client {

/// Where the frames of one direction begin and end in its stream of bytes, and which of them a read or write touched.
class FrameTrack {
 public:
  /// The next frame takes `size` bytes behind the one before it.
  void add_frame(std::uint64_t size);

  /// The next `count` bytes went over the wire. Returns the frames in them: [#1 13] for a whole one, [#2 7 of 13 ...
  /// for one that begins here, ... #2 6 of 13] for one that ends here. `expected` is the size of the frame that is not
  /// added yet, 0 if that is not known.
  std::string advance(std::uint64_t count, std::uint64_t expected = 0);

 private:
  struct Frame {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  std::string describe(std::uint64_t from, std::uint64_t to, std::uint64_t size, bool complete) const;

  std::deque<Frame> frames_;    // added and not yet passed
  std::uint64_t number_ = 1;    // of frames_.front(), or of the one to be added next
  std::uint64_t added_ = 0;     // where the last frame added ends
  std::uint64_t position_ = 0;  // how far the bytes have come
};

/// Writes to standard error what goes over the wire, one line for each read and write.
class Trace {
 public:
  /// `hex`: the bytes follow each line.
  explicit Trace(bool hex) : hex_(hex) {}

  void event(std::string_view text) const;

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
