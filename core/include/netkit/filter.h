#pragma once

#include <memory>
#include <utility>

#include "netkit/handler.h"

namespace netkit {

/// The base of filters: a handler around another one. It passes on all that its class does not override; an override
/// calls the base's function to go on to the inner handler, or answers by itself. One object serves all conversations
/// of a listener as long as neither the inner handler nor the filter keeps state in one.
class Filter : public Handler {
 public:
  /// Around `inner`, which is never null.
  explicit Filter(std::shared_ptr<Handler> inner) : inner_(std::move(inner)) {}

  void on_message(const Message& message, Responder& responder) override { inner_->on_message(message, responder); }
  bool may_block(const Message& message) const override { return inner_->may_block(message); }
  CallBounds call_bounds() const override { return inner_->call_bounds(); }
  void on_overload(const Message& message, Responder& responder) override { inner_->on_overload(message, responder); }

  bool sees_events() const override { return inner_->sees_events(); }
  /// The inner handler is told only if it sees events itself.
  void on_open(const Conversation& conversation) override {
    if (inner_->sees_events()) inner_->on_open(conversation);
  }
  bool on_peer_end(const Conversation& conversation) override {
    return inner_->sees_events() && inner_->on_peer_end(conversation);
  }
  void on_close(const Conversation& conversation, const Ending& ending) override {
    if (inner_->sees_events()) inner_->on_close(conversation, ending);
  }

  bool sees_answers() const override { return inner_->sees_answers(); }
  /// The inner handler's filters see an answer first.
  void on_answer(Answer& answer) override {
    if (inner_->sees_answers()) inner_->on_answer(answer);
  }

  std::unique_ptr<Handler> for_conversation() final {
    std::unique_ptr<Handler> own = inner_->for_conversation();
    if (!own && !keeps_state()) return nullptr;
    return around(own ? std::shared_ptr<Handler>(std::move(own)) : inner_);
  }

 protected:
  /// True if the filter keeps state in a conversation: around() is then called for each.
  virtual bool keeps_state() const { return false; }
  /// This filter for one conversation, around the handler that serves it.
  virtual std::unique_ptr<Handler> around(std::shared_ptr<Handler> inner) const = 0;

  /// The handler that it is around: a filter further in, or the listener's.
  Handler& inner() { return *inner_; }

 private:
  std::shared_ptr<Handler> inner_;
};

}  // namespace netkit
