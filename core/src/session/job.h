#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "netkit/codec.h"
#include "netkit/handler.h"
#include "session/answer_writer.h"
#include "session/call_limiter.h"
#include "session/endpoint.h"
#include "session/output.h"

namespace netkit {

/// One call of a handler that may block, with a copy of its message. Made by a session, run once on any thread; the
/// session must live until then and touches neither handler nor encoder meanwhile. cancel() may come from any thread,
/// everything else before run() or after it has returned.
class Job final : private Endpoint {
 public:
  /// `permit` is the call's, kept to the job's end; empty if the handler does not bound its calls.
  Job(Handler& handler, Encoder& encoder, Peer peer, const Message& message, bool datagram, CallPermit permit);
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Calls the handler. Answers that `sink` has not taken are in answers().
  void run(AnswerSink& sink) noexcept;

  /// Tells the handler that nobody waits for its answer.
  void cancel() { stop_.request_stop(); }
  std::stop_token stop_token() const { return stop_.get_token(); }

  Output& answers() { return answers_; }
  /// How many messages the handler answered with.
  std::uint64_t messages() const { return messages_; }
  bool failed() const { return failed_; }
  bool closed() const { return closed_; }
  const std::string& failure() const { return failure_; }

 private:
  Peer peer() const override { return peer_; }

  Handler& handler_;
  Encoder& encoder_;
  Peer peer_;
  std::string body_;
  std::string header_;
  std::stop_source stop_;
  CallPermit permit_;
  Output answers_;
  std::string failure_;
  std::uint64_t messages_ = 0;
  bool failed_ = false;
  bool closed_ = false;
};

}  // namespace netkit
