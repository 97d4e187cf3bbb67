#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "netkit/responder.h"
#include "session/answer_writer.h"
#include "session/open_calls.h"

namespace netkit {

/// The responder of a call whose turn to answer has not come: keeps the answers unframed. One that the framing cannot
/// carry is found out when it is framed, and ends the conversation.
class AnswerHolder final : public Responder {
 public:
  AnswerHolder(OpenCalls& calls, OpenCalls::Call& call, CallContext& context)
      : calls_(calls), call_(call), context_(context) {}

  using Responder::send;
  void send(std::string_view body, const Attributes& attributes) override {
    calls_.hold(call_, {.body = std::make_shared<const std::string>(body), .attributes = attributes});
  }
  void stream(std::unique_ptr<BodySource> source, const Attributes& attributes) override {
    if (source == nullptr) throw std::invalid_argument("a streamed body without a source");
    calls_.hold(call_, {.source = std::move(source), .attributes = attributes});
  }
  void close() override { call_.closes = true; }
  Peer peer() const override { return context_.peer(); }
  Reply defer() override {
    if (deferred_) throw std::logic_error("defer() is called twice for one message");
    Reply reply = context_.make_reply();
    deferred_ = true;
    return reply;
  }
  Conversation conversation() override { return context_.conversation(); }
  void use_framing(const Framing& /*framing*/) override {
    throw std::logic_error("the framing cannot change while earlier messages are unanswered");
  }
  void start_tls() override {
    context_.start_tls();
    call_.starts_tls = true;
  }

  bool deferred() const { return deferred_; }

 protected:
  std::span<char> open(std::size_t size) override {
    gathered_.assign(size, '\0');
    return gathered_;
  }
  void finish() override { send(gathered_, kNoAttributes); }

 private:
  OpenCalls& calls_;
  OpenCalls::Call& call_;
  CallContext& context_;
  std::string gathered_;
  bool deferred_ = false;
};

}  // namespace netkit
