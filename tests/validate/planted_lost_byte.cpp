#include "planted.h"

namespace {

class Planted final : public ByteEncoder {
 public:
  Bodies bodies() const noexcept override { return Bodies::whole; }
  void encode(const netkit::Attributes& attributes, std::string_view body, netkit::Buffer& out) override {
    ByteEncoder::encode(attributes, body.substr(0, body.size() - (body.size() > 20 ? 1 : 0)), out);
  }
};

void add(netkit::Registry& registry) { registry.add(planted_framing<ByteDecoder, Planted>()); }

}  // namespace

PLANTED(add)
