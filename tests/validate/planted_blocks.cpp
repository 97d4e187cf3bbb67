#include "planted.h"

#include <chrono>
#include <thread>

namespace {

class Planted final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    responder.send(message.body);
  }
};

void add(netkit::Registry& registry) {
  registry.add(planted_handler([] { return std::make_unique<Planted>(); }));
}

}  // namespace

PLANTED(add)
