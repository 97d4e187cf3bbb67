#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "host/transport/body_sender.h"
#include "host/transport/stream.h"
#include "session/close_reason.h"
#include "session/output.h"

namespace netkit {

/// What one stream has yet to take: a body that is on its way, then answers. Empty, it holds no memory. Loop
/// thread only.
class SendQueue {
 public:
  /// How sending went: well, or why the connection has to end. One pointer, as every send returns it.
  class Result {
   public:
    Result() = default;
    Result(CloseReason reason, std::string detail)
        : failure_(std::make_unique<const Failure>(Failure{reason, std::move(detail)})) {}

    bool ok() const { return failure_ == nullptr; }
    /// Only of what has failed, as the next.
    CloseReason reason() const { return failure_->reason; }
    const std::string& detail() const { return failure_->detail; }

   private:
    struct Failure {
      CloseReason reason;
      std::string detail;
    };
    std::unique_ptr<const Failure> failure_;
  };

  /// How many bytes the stream has taken so far.
  std::uint64_t sent_bytes() const { return sent_bytes_; }

  bool empty() const { return body_ == nullptr && output_.empty(); }
  /// The memory that it holds, in bytes: that of answers, which goes back when the stream has taken the last of them,
  /// and of a body the piece that is on its way.
  std::size_t held() { return output_.bytes().capacity() + (body_ ? body_->held() : 0); }
  /// A body is on its way: nothing is decoded until it has left.
  bool in_body() const { return body_ != nullptr; }
  /// Where answers go while older ones wait.
  Output& output() { return output_; }
  const Output& output() const { return output_; }

  /// Sends what waits, as far as the stream takes it and the body's share of a turn goes.
  Result send(Stream& stream);
  /// The same for `fresh`, without a copy of what the stream takes at once. The queue must be empty; `fresh` is then.
  Result send(Stream& stream, Output& fresh);

  void release();

 private:
  Result send_from(Output& out, Stream& stream);
  Result begin_body(std::unique_ptr<BodySource> source);
  Result send_body(Stream& stream, bool more);
  Result result_of(BodySender::Status status);

  std::unique_ptr<BodySender> body_;  // goes out before output_
  Output output_;
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace netkit
