#include "netkit-client/output/trace.h"

#include <cstdio>
#include <iostream>

#include "netkit-client/output/hex_dump.h"
#include "netkit-client/output/terminal_text.h"

namespace netkit::client {

void FrameTrack::add_frame(std::uint64_t size) {
  frames_.push_back({added_, added_ + size});
  added_ += size;
}

std::string FrameTrack::describe(std::uint64_t from, std::uint64_t to, std::uint64_t size, bool complete) const {
  const std::uint64_t begin = frames_.empty() ? added_ : frames_.front().begin;
  const std::string number = "#" + std::to_string(number_) + " ";
  if (from == begin && complete) return "[" + number + std::to_string(to - from) + "]";
  const std::string part = std::to_string(to - from) + " of " + (size == 0 ? "?" : std::to_string(size));
  return (from == begin ? "[" : "... ") + number + part + (complete ? "]" : " ...");
}

std::string FrameTrack::advance(std::uint64_t count, std::uint64_t expected) {
  const std::uint64_t target = position_ + count;
  std::string text;
  const auto append = [&text](const std::string& frame) { text += (text.empty() ? "" : " ") + frame; };
  while (!frames_.empty() && frames_.front().end <= target) {
    const Frame frame = frames_.front();
    append(describe(position_, frame.end, frame.end - frame.begin, true));
    position_ = frame.end;
    frames_.pop_front();
    ++number_;
  }
  if (position_ < target) {
    const std::uint64_t size = frames_.empty() ? expected : frames_.front().end - frames_.front().begin;
    append(describe(position_, target, size, false));
    position_ = target;
  }
  return text;
}

void Trace::event(std::string_view text) const {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  char time[32];
  std::snprintf(time, sizeof time, "+%.6f s  ", elapsed.count());
  std::cerr << time << terminal_text(text) << '\n';
}

void Trace::sent(std::string_view bytes) { line("sent", bytes, sent_.advance(bytes.size())); }

void Trace::received(std::string_view bytes, std::uint64_t expected) {
  line("received", bytes, received_.advance(bytes.size(), expected));
}

void Trace::line(std::string_view direction, std::string_view bytes, const std::string& frames) const {
  event(std::string(direction) + " " + std::to_string(bytes.size()) + (bytes.size() == 1 ? " byte  " : " bytes  ") +
        frames);
  if (!hex_) return;
  HexDump dump;
  std::cerr << dump.feed(bytes) << dump.finish();
}

}  // namespace netkit::client
