#include "planted.h"

#include <stdexcept>

namespace {

void add(netkit::Registry& registry) {
  registry.add(planted_handler([]() -> std::unique_ptr<netkit::Handler> { throw std::runtime_error("out of ink"); }));
}

}  // namespace

PLANTED(add)
