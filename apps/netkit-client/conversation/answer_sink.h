#pragma once

#include <cstdint>
#include <string_view>

#include "netkit-client/failure.h"

namespace netkit::client {

/// Takes answers as they arrive. For each answer: begin(), its body in any number of pieces, end(). Views last until
/// the call returns. What cannot be written here (a full disk) throws LocalError.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;

  /// `header` is the JSON object before the body, empty in framings without one; `size` is that of the body. A Failure
  /// ends the conversation at once.
  virtual Outcome begin(std::string_view header, std::uint64_t size) = 0;
  virtual void piece(std::string_view bytes) = 0;
  virtual void end() = 0;

  /// Called whenever nothing more can be done before the server sends more: what was kept back is shown now.
  virtual void flush() = 0;

  /// All the answers to one message were given. In raw framing they are one text that came in several reads.
  virtual void complete() = 0;
};

}  // namespace netkit::client
