#include "planted.h"

namespace {

class Planted final : public ByteDecoder {
 public:
  using ByteDecoder::ByteDecoder;
  netkit::Decoded decode(std::string_view bytes) override {
    netkit::Decoded decoded = ByteDecoder::decode(bytes);
    const std::string_view body = decoded.message.body;
    if (!body.empty()) decoded.message.body = {body.data(), body.size() + 16};
    return decoded;
  }
};

void add(netkit::Registry& registry) { registry.add(planted_framing<Planted>()); }

}  // namespace

PLANTED(add)
