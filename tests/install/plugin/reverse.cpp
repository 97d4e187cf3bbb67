#include <memory>
#include <string>

#include <netkit/plugin.h>

namespace {

class Reverse final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    responder.send(std::string(message.body.rbegin(), message.body.rend()));
  }
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{
      .name = "reverse",
      .help = "answers each message backwards",
      .make = [](const netkit::Options&, const netkit::HandlerContext&) { return std::make_unique<Reverse>(); }});
}

}  // namespace

NETKIT_PLUGIN("reverse", "1.0", enroll)
