#include "planted.h"

#include <cstdlib>

namespace {

class Planted final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    if (message.body.empty()) std::abort();
    responder.send(message.body);
  }
};

void add(netkit::Registry& registry) {
  registry.add(planted_handler([] { return std::make_unique<Planted>(); }));
}

}  // namespace

PLANTED(add)
