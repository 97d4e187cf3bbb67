#include "server/peer_end.h"

#include <utility>

#include "netkit/testing/failure.h"

namespace netkit::testing {

PeerEnd::PeerEnd(const Framing& framing, std::function<void(std::string_view)> reply)
    : reply_(std::move(reply)), codec_(framing.make()) {}

void PeerEnd::use_framing(const Framing& framing) {
  codec_ = framing.make();
  looked_at_ = SIZE_MAX;
}

const TestMessage* PeerEnd::next_message() {
  while (!next_ && looked_at_ != received_.size() && !received_.empty()) decode();
  return next_ ? &*next_ : nullptr;
}

/// Looks at what comes next in the bytes.
void PeerEnd::decode() {
  const Decoded decoded = codec_.decoder->decode(received_);
  switch (decoded.status) {
    case Decoded::Status::need_more:
      looked_at_ = received_.size();
      return;
    case Decoded::Status::malformed:
      throw TestFailure("what the handler sent is malformed: " + std::string(decoded.reason));
    case Decoded::Status::message: {
      const Attributes* attributes = decoded.message.attributes;
      next_ = TestMessage{std::string(decoded.message.body), attributes == nullptr ? kNoAttributes : *attributes};
      next_size_ = decoded.size;
      return;
    }
    case Decoded::Status::control:
      reply_(decoded.reply);
      received_.erase(0, decoded.size);
      return;
  }
}

TestMessage PeerEnd::take_message() {
  received_.erase(0, next_size_);
  looked_at_ = SIZE_MAX;
  return *std::exchange(next_, std::nullopt);
}

std::string PeerEnd::take_bytes() {
  next_.reset();
  looked_at_ = SIZE_MAX;
  return std::exchange(received_, {});
}

}  // namespace netkit::testing
