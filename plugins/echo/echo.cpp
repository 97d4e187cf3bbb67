#include <memory>

#include "netkit/plugin.h"

namespace {

/// Answers each message with itself. The smallest handler there can be.
class Echo final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    responder.send(message.body);
  }
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{
      .name = "echo",
      .help = "answers each message with itself",
      .make = [](const netkit::Options&, const netkit::HandlerContext&) { return std::make_unique<Echo>(); }});
}

}  // namespace

NETKIT_PLUGIN("echo", "1.0", enroll)
