#include <netkit/plugin.h>
#include <memory>

namespace {

/// Offers a framing that reads an option it does not publish.
void enroll(netkit::Registry& registry) {
  registry.add(netkit::FramingType{
      .name = "framing-reads-unpublished", .help = "has a mistake", .codec = [](const netkit::Options& options) {
        options.flag("secret");
        return [] { return netkit::Codec{}; };
      }});
}

}  // namespace

NETKIT_PLUGIN("framing-reads-unpublished", "1", enroll)
