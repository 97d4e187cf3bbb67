// No fault, of both kinds: every check must hold.

#include "planted.h"

namespace {

class Answers final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    responder.send(message.body);
  }
};

void add(netkit::Registry& registry) {
  registry.add(planted_handler([] { return std::make_unique<Answers>(); }));
  registry.add(planted_framing());
}

}  // namespace

PLANTED(add)
