#pragma once

#include <cstdint>
#include <string_view>

#include "netkit-client/failure.h"

namespace netkit::client {

/// Receives the answers: for each one begin(), its body in any number of pieces, end(). Views are valid during the
/// call. Throws LocalError for a local error such as a full disk.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;

  /// `header` is the JSON object before the body, empty in framings without one; `size` is the body's size. A returned
  /// Failure ends the conversation at once.
  virtual Outcome begin(std::string_view header, std::uint64_t size) = 0;
  virtual void piece(std::string_view bytes) = 0;
  virtual void end() = 0;

  /// Called when nothing can be done until the server sends more: print what was held back.
  virtual void flush() = 0;

  /// Called before a trace is written: a line on the terminal that has no end yet is ended.
  virtual void end_line() {}

  /// All answers to one message have arrived. In raw framing they are one text that came in several reads.
  virtual void complete() = 0;
};

}  // namespace netkit::client
