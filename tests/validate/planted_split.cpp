#include "planted.h"

namespace {

class Planted final : public ByteDecoder {
 public:
  using ByteDecoder::ByteDecoder;
  netkit::Decoded decode(std::string_view bytes) override {
    if (bytes.size() == 4 && bytes[0] == 5) bytes = {"\3abc", 4};
    return ByteDecoder::decode(bytes);
  }
};

void add(netkit::Registry& registry) { registry.add(planted_framing<Planted>()); }

}  // namespace

PLANTED(add)
