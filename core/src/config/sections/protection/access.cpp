#include "config/sections/protection/access.h"

#include "config/readers/address_ranges.h"

namespace netkit {

void read_access(ObjectReader& reader, ListenerConfig& listener) {
  std::optional<ObjectReader> members = reader.take_object("access");
  if (!members) return;
  AccessList& access = listener.access;
  access.allow = take_ranges(*members, "allow");
  access.deny = take_ranges(*members, "deny");
  members->refuse_rest();
  const bool has_ranges = !access.allow.empty() || !access.deny.empty();
  if (has_ranges && has_transport(listener, Transport::unix_socket)) {
    reader.fail(members->where(),
                "'access': found addresses, expected none with transport unix; who may connect say 'mode', 'owner' and "
                "'group'");
  }
}

}  // namespace netkit
