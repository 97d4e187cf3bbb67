#include "netkit/plugin.h"

__attribute__((visibility("default"))) void function_that_nobody_has();

namespace {

/// Does not call it yet: that it is missing shows only if all symbols are bound when the library is loaded.
void enroll(netkit::Registry& registry) {
  registry.add(
      netkit::HandlerType{.name = "unresolved-symbol", .help = "", .options = {}, .make = [](const auto&, const auto&) {
                            function_that_nobody_has();
                            return nullptr;
                          }});
}

}  // namespace

NETKIT_PLUGIN("unresolved-symbol", "1", enroll)
