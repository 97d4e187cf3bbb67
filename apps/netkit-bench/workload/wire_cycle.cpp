#include "netkit-bench/workload/wire_cycle.h"

namespace netkit::bench {

WireCycle::WireCycle(const std::vector<std::string_view>& bodies, Encoder& encoder, std::size_t batch)
    : messages_(bodies.size()) {
  for (std::size_t i = 0; i < messages_ + batch; ++i) {
    const std::string_view body = bodies[i % messages_];
    encoder.encode(kNoAttributes, body, wire_);
    ends_.push_back(wire_.size());
  }
}

}  // namespace netkit::bench
