#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "netkit/codec.h"
#include "netkit/framing.h"
#include "netkit/handler.h"
#include "session/answer_writer.h"
#include "session/call_limiter.h"
#include "session/output.h"
#include "session/session_host.h"

namespace netkit {

/// What a job needs of its session: all of it outlives the job.
struct JobParts {
  Handler& handler;
  Encoder& encoder;
  bool in_place;  ///< See AnswerWriter.
  bool datagram;
  bool may_start_tls;
};

/// One call of a handler that may block, with a copy of its message. Made by a session, run once on any thread; the
/// session must live until then and touches the handler not at all, and the encoder only as the sink allows it,
/// meanwhile. cancel() may come from any thread, everything else before run() or after it has returned.
class Job final : private CallContext {
 public:
  /// `number`: of the call, see OpenCalls. `permit` is the call's, kept until it has run, or by the reply
  /// that it keeps; empty if the handler does not bound its calls.
  Job(const JobParts& parts, std::uint64_t number, Peer peer, const Message& message,
      std::shared_ptr<HandleMaker> handles, CallPermit permit);
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  std::uint64_t number() const { return number_; }
  Message message() const { return {.body = body_, .attributes = has_attributes_ ? &attributes_ : nullptr}; }
  /// The memory that its message takes, in bytes.
  std::size_t weight() const { return body_.size(); }

  /// Calls the handler. Each answer goes to `sink`.
  void run(AnswerSink& sink) noexcept;

  /// Tells the handler that nobody waits for its answer.
  void cancel() { stop_.request_stop(); }
  std::stop_token stop_token() const { return stop_.get_token(); }
  /// The call's; before run(), or if it has refused the call and nothing has run.
  const CallPermit& permit() const { return permit_; }

  // How the call ended.

  /// It was not to be run.
  bool refused() const { return permit_.refused(); }
  /// How many messages the handler answered with.
  std::uint64_t messages() const { return messages_; }
  bool failed() const { return failed_; }
  bool closed() const { return closed_; }
  /// The handler has kept the reply: the call stays open.
  bool deferred() const { return deferred_; }
  bool starts_tls() const { return starts_tls_; }
  const std::string& failure() const { return failure_; }
  const std::optional<Framing>& new_framing() const { return framing_; }

 private:
  Peer peer() const override { return peer_; }
  Conversation conversation() override { return handles_->conversation(); }
  Reply make_reply() override { return handles_->make_reply(number_, std::move(permit_)); }
  void use_framing(const Framing& framing) override { framing_ = framing; }
  void start_tls() override;

  JobParts parts_;
  const std::uint64_t number_;
  Peer peer_;
  std::string body_;
  Attributes attributes_;
  bool has_attributes_;
  std::stop_source stop_;
  std::shared_ptr<HandleMaker> handles_;
  CallPermit permit_;
  std::string failure_;
  std::optional<Framing> framing_;
  std::uint64_t messages_ = 0;
  bool failed_ = false;
  bool closed_ = false;
  bool deferred_ = false;
  bool starts_tls_ = false;
};

}  // namespace netkit
