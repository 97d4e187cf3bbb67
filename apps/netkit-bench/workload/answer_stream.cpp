#include "netkit-bench/workload/answer_stream.h"

#include <algorithm>
#include <cstring>

namespace netkit::bench {

Taken ExpectedStream::take(std::string_view bytes) {
  Taken taken;
  while (!bytes.empty()) {
    const std::string_view expected = answers_.rest(offset_).substr(0, bytes.size());
    if (std::memcmp(bytes.data(), expected.data(), expected.size()) != 0) {
      taken.error = "a wrong answer";
      return taken;
    }
    bytes.remove_prefix(expected.size());
    offset_ += expected.size();
    for (; next_ < answers_.messages() && answers_.end_of(next_) <= offset_; ++next_) ++taken.answers;
    if (offset_ == answers_.bytes()) offset_ = next_ = 0;
  }
  return taken;
}

Taken DecodedStream::take(std::string_view bytes) {
  const bool fresh = kept_.empty();
  if (!fresh) {
    kept_.append(bytes);
    bytes = kept_.view();
  }
  Taken taken;
  std::size_t used = 0;
  while (used < bytes.size()) {
    const Decoded decoded = decoder_->decode(bytes.substr(used));
    if (decoded.status == Decoded::Status::malformed) {
      taken.error = decoded.reason;
      return taken;
    }
    if (decoded.status == Decoded::Status::need_more) break;
    used += decoded.size;
    if (decoded.status == Decoded::Status::message) ++taken.answers;
  }
  if (fresh) {
    kept_.append(bytes.substr(used));
  } else {
    kept_.consume(used);
  }
  return taken;
}

Taken BodyStream::take(std::string_view bytes) {
  Taken taken;
  while (!bytes.empty()) {
    if (body_ > 0) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(body_, bytes.size()));
      taken.answers += discard(part).answers;
      bytes.remove_prefix(part);
      continue;
    }
    const std::size_t before = kept_.size();
    if (before > 0) kept_.append(bytes);
    const FrontReader::Front front = reader_->read(before > 0 ? kept_.view() : bytes);
    if (front.status == Decoded::Status::malformed) {
      taken.error = front.reason;
      return taken;
    }
    if (front.status == Decoded::Status::need_more) {
      if (before == 0) kept_.append(bytes);
      return taken;
    }
    bytes.remove_prefix(front.size - before);
    kept_.clear();
    body_ = front.body;
    if (body_ == 0) ++taken.answers;
  }
  return taken;
}

Taken BodyStream::discard(std::uint64_t count) {
  body_ -= count;
  return {.answers = body_ == 0 ? 1U : 0U};
}

}  // namespace netkit::bench
