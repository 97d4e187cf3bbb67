#include "planted.h"

namespace {

class Planted final : public ByteDecoder {
 public:
  explicit Planted(std::uint64_t) : ByteDecoder(UINT64_MAX) {}
};

void add(netkit::Registry& registry) { registry.add(planted_framing<Planted>()); }

}  // namespace

PLANTED(add)
