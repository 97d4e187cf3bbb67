#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <utility>

#include "base/ticks.h"
#include "base/time_histogram.h"
#include "host/conversation/mail.h"
#include "netkit/reply.h"
#include "session/call_limiter.h"

namespace netkit {

/// A reply that is kept: its call's number, and the way to the conversation. `Handle` is what takes the mail of the
/// conversation; it has open(), full(), stop_token(), post(), conversation() and call_times() for any thread.
template <class Handle>
class LateReply final : public ReplyCore {
 public:
  LateReply(std::shared_ptr<Handle> handle, std::uint64_t call, CallPermit permit)
      : handle_(std::move(handle)), call_(call), permit_(std::move(permit)) {}
  ~LateReply() override {
    if (TimeHistogram* const times = handle_->call_times()) times->add(1, ticks_since(start_));
  }
  LateReply(const LateReply&) = delete;
  LateReply& operator=(const LateReply&) = delete;

  bool wanted() const noexcept override { return handle_->open(); }
  std::stop_token stop_token() override { return handle_->stop_token(); }

  bool send(SharedBody body, const Attributes& attributes) override {
    const std::size_t weight = body->size();
    return post_part({.body = std::move(body), .attributes = attributes}, weight);
  }

  bool stream(std::unique_ptr<BodySource> source, const Attributes& attributes) override {
    if (source == nullptr) throw std::invalid_argument("a streamed body without a source");
    return post_part({.source = std::move(source), .attributes = attributes}, 0);
  }

  void use_framing(const Framing& framing) override { handle_->post(mail::NewFraming{call_, framing}); }
  void start_tls() override { handle_->post(mail::StartTls{call_}); }
  void finish(bool close) override { handle_->post(mail::Finish{call_, close}); }
  void finish_with(std::string_view body, const Attributes& attributes) override {
    handle_->post(mail::Whole{call_, std::string(body), attributes}, body.size());
  }
  void finish_by(Answering answering) override { handle_->post(mail::FinishBy{call_, std::move(answering)}); }

  void drop() noexcept override {
    try {
      handle_->post(mail::Drop{call_});
    } catch (const std::exception&) {
      return;  // no memory: timeouts.handler ends the conversation
    }
  }

  Conversation conversation() const override { return handle_->conversation(); }

 private:
  bool post_part(LateAnswer answer, std::size_t weight) {
    if (!first_ && handle_->full()) return false;
    first_ = false;
    return handle_->post(mail::Part{call_, std::move(answer)}, weight);
  }

  const std::shared_ptr<Handle> handle_;
  const std::uint64_t call_;
  const CallPermit permit_;
  bool first_ = true;
  const std::uint64_t start_ = ticks();
};

}  // namespace netkit
