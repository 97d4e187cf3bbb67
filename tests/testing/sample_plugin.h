#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "netkit/plugin.h"

namespace netkit::testing {

/// A handler for tests, made of functions; those that are not set do as Handler does.
class SampleHandler final : public Handler {
 public:
  std::function<void(const Message&, Responder&)> message{};
  std::function<void(const Conversation&)> opened{};
  std::function<bool(const Conversation&)> peer_ended{};
  std::function<void(const Conversation&, const Ending&)> closed{};
  bool blocks = false;
  CallBounds bounds{};

  void on_message(const Message& one, Responder& responder) override { message(one, responder); }
  bool may_block(const Message& /*message*/) const override { return blocks; }
  CallBounds call_bounds() const override { return bounds; }
  void on_overload(const Message& /*message*/, Responder& responder) override { responder.send("busy"); }
  bool sees_events() const override { return true; }
  void on_open(const Conversation& conversation) override {
    if (opened) opened(conversation);
  }
  bool on_peer_end(const Conversation& conversation) override { return peer_ended && peer_ended(conversation); }
  void on_close(const Conversation& conversation, const Ending& ending) override {
    if (closed) closed(conversation, ending);
  }
};

/// An enroll function that adds the handler `sample`, which `set` makes ready and which may start TLS.
std::function<void(Registry&)> sample(std::function<void(SampleHandler&, const HandlerContext&)> set);

/// Adds the handler `greet` with the options `text`, `times` and `loud`, the filter `marked`, which puts its option
/// `mark` before each answer, and the framing `slip`.
void enroll_samples(Registry& registry);

}  // namespace netkit::testing
