#include "planted.h"

#include <chrono>
#include <thread>

namespace {

class Planted final : public netkit::Handler {
 public:
  Planted() {
    std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
  }
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    responder.send(message.body);
  }
};

void add(netkit::Registry& registry) {
  registry.add(planted_handler([] { return std::make_unique<Planted>(); }));
}

}  // namespace

PLANTED(add)
