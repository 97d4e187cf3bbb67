#include "planted.h"

namespace {

class Planted final : public netkit::Handler {
 public:
  void on_message(const netkit::Message&, netkit::Responder& responder) override { responder.defer(); }
};

void add(netkit::Registry& registry) {
  registry.add(planted_handler([] { return std::make_unique<Planted>(); }));
}

}  // namespace

PLANTED(add)
