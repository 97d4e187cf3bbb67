#include <cstdint>
#include <memory>
#include <string>

#include "netkit/plugin.h"

namespace {

/// Serves one conversation: its members are that conversation's state, and need no lock.
class Count final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& /*message*/, netkit::Responder& responder) override {
    responder.send(std::to_string(++messages_));
  }

 private:
  std::uint64_t messages_ = 0;
};

/// Serves the listener: makes a Count for each conversation, and is asked nothing else.
class Counter final : public netkit::Handler {
 public:
  std::unique_ptr<netkit::Handler> for_conversation() override { return std::make_unique<Count>(); }
  void on_message(const netkit::Message& /*message*/, netkit::Responder& /*responder*/) override {}
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{
      .name = "counter",
      .help = "answers how many messages the conversation has sent so far",
      .needs_conversation = true,
      .make = [](const netkit::Options&, const netkit::HandlerContext&) { return std::make_unique<Counter>(); }});
}

}  // namespace

NETKIT_PLUGIN("counter", "1.0", enroll)
