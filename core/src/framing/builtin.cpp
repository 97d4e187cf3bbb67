#include "framing/builtin.h"

namespace netkit {

void add_builtin_framings(Registry& registry) {
  registry.add(raw_framing());
  registry.add(line_framing());
  registry.add(delimiter_framing());
  registry.add(fixed_framing());
  registry.add(length_framing());
  registry.add(varint_framing());
  registry.add(netstring_framing());
  registry.add(json_header_framing());
  registry.add(datagram_framing());
}

}  // namespace netkit
