#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "netkit/framing.h"
#include "netkit/testing/test_message.h"

namespace netkit::testing {

/// The peer's end of a conversation: what it has received, and the messages in that. Of the test's thread.
class PeerEnd {
 public:
  /// `reply` sends what the peer's framing itself has to say.
  PeerEnd(const Framing& framing, std::function<void(std::string_view)> reply);

  void use_framing(const Framing& framing);
  Encoder& encoder() { return *codec_.encoder; }

  void receive(std::string_view bytes) { received_ += bytes; }
  /// The message that comes next; null if it is not there. Throws TestFailure if the bytes are malformed.
  const TestMessage* next_message();
  /// Takes the message that next_message() has returned.
  TestMessage take_message();
  /// Takes all bytes that are no message yet.
  std::string take_bytes();

 private:
  void decode();

  const std::function<void(std::string_view)> reply_;
  Codec codec_;
  std::string received_;
  std::size_t looked_at_ = SIZE_MAX;  // bytes of received_ that the decoder has said need_more for
  std::optional<TestMessage> next_;
  std::size_t next_size_ = 0;
};

}  // namespace netkit::testing
