#include "planted.h"

namespace {

class Planted final : public ByteDecoder {
 public:
  using ByteDecoder::ByteDecoder;
  netkit::Decoded decode(std::string_view bytes) override {
    static std::string begun;
    if (begun.size() < bytes.size() && !begun.empty()) begun += bytes.substr(begun.size());
    if (begun.empty()) begun = bytes;
    netkit::Decoded decoded = ByteDecoder::decode(begun);
    body_ = decoded.message.body;
    decoded.message.body = body_;
    if (decoded.status != netkit::Decoded::Status::need_more) begun.clear();
    return decoded;
  }

 private:
  std::string body_;
};

void add(netkit::Registry& registry) { registry.add(planted_framing<Planted>()); }

}  // namespace

PLANTED(add)
