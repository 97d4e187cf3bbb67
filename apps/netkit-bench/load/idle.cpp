#include "netkit-bench/load/idle.h"

#include <string>
#include <thread>

#include "netkit-bench/failure.h"
#include "netkit-bench/load/driver.h"

namespace netkit::bench {
namespace {

/// Waits until the server has accepted all connections: connect(2) returns earlier, so this counts the server's
/// descriptors.
void await_descriptors(const ProcessView& server, std::size_t wanted, Duration timeout) {
  const Time end = Clock::now() + timeout;
  while (server.descriptors() < wanted) {
    if (Clock::now() > end) {
      throw RunError("the server has accepted too few connections: " + std::to_string(server.descriptors()) + " of " +
                     std::to_string(wanted) + " descriptors");
    }
    std::this_thread::yield();
  }
}

}  // namespace

IdleMeasured measure_idle(const Workload& workload, LoadOptions load, std::size_t connections,
                          const ProcessView& server) {
  load.connections = connections;
  load.messages = connections;
  Driver driver(workload, load, std::nullopt);
  IdleMeasured measured{.connections = connections, .before = server.memory()};
  const std::size_t descriptors = server.descriptors();
  driver.open();
  await_descriptors(server, descriptors + connections, load.timeout);
  measured.open = server.memory();
  driver.run();
  measured.after = server.memory();
  return measured;
}

}  // namespace netkit::bench
