#include "planted.h"

namespace {

class Planted final : public ByteDecoder {
 public:
  using ByteDecoder::ByteDecoder;
  netkit::Decoded decode(std::string_view bytes) override {
    netkit::Decoded decoded = ByteDecoder::decode(bytes);
    if (decoded.message.body.empty() && decoded.status == netkit::Decoded::Status::message) decoded.size = 0;
    return decoded;
  }
};

void add(netkit::Registry& registry) { registry.add(planted_framing<Planted>()); }

}  // namespace

PLANTED(add)
