#pragma once

#include <memory>
#include <string>
#include <utility>

#include "server/ports/port.h"

namespace netkit::testing {

/// A port without a socket.
class FakePort final : public Port {
 public:
  explicit FakePort(std::string listener, Transport transport = Transport::tcp, std::uint16_t number = 7001)
      : Port(std::move(listener), transport, {"127.0.0.1", 0, false}, number) {}

  void serve(const std::shared_ptr<ListenerContext>& /*context*/, LoopRoundRobin& /*loops*/) override {}
  void close() override {}
  int descriptor() const override { return -1; }

 private:
  void apply_pause() override {}
};

}  // namespace netkit::testing
