#include "planted.h"

namespace {

void add(netkit::Registry& registry) {
  netkit::FramingType type = planted_framing();
  type.options = {{.name = "count",
                   .type = netkit::OptionType::integer,
                   .fallback = "10",
                   .help = "how many",
                   .least = 1,
                   .most = 9}};
  registry.add(std::move(type));
}

}  // namespace

PLANTED(add)
