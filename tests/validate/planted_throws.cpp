#include "planted.h"

#include <stdexcept>

namespace {

class Planted final : public netkit::Handler {
 public:
  void on_message(const netkit::Message&, netkit::Responder&) override { throw std::runtime_error("out of ink"); }
};

void add(netkit::Registry& registry) {
  registry.add(planted_handler([] { return std::make_unique<Planted>(); }));
}

}  // namespace

PLANTED(add)
