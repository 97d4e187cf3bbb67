#include "planted.h"

#include <thread>

namespace {

class Planted final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    while (message.body.size() > 1000) std::this_thread::yield();
    responder.send(message.body);
  }
};

void add(netkit::Registry& registry) {
  registry.add(planted_handler([] { return std::make_unique<Planted>(); }));
}

}  // namespace

PLANTED(add)
