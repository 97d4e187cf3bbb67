#include "netkit/plugin.h"

namespace {

class Silent final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& /*message*/, netkit::Responder& /*responder*/) override {}
};

/// Loads well, but not under the name of its file.
void enroll(netkit::Registry& registry) {
  netkit::HandlerType type;
  type.name = "another";
  type.make = [](const netkit::Options&, const netkit::HandlerContext&) { return std::make_unique<Silent>(); };
  registry.add(std::move(type));
}

}  // namespace

NETKIT_PLUGIN("offers-another", "1", enroll)
