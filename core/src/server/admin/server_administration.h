#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "admin/administration.h"
#include "host/listener/server_state.h"
#include "host/loop/event_loop.h"
#include "host/worker/worker_pool.h"
#include "plugin/libraries.h"
#include "server/admin/command_queue.h"
#include "server/admin/listener_directory.h"

namespace netkit {

/// What a server counts of itself. Any thread.
struct ServiceFacts {
  const std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  std::atomic<std::uint64_t> reloads{0};  ///< That were asked for, failed ones included.
  std::atomic<std::uint64_t> failed_reloads{0};
  std::atomic<std::int64_t> last_reload{0};  ///< When the config served now was loaded; seconds since the epoch.
  std::atomic<bool> ready{false};            ///< False from the first moment of a drain.

  /// Sets last_reload.
  void loaded_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    last_reload = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  }
};

/// The admin endpoint's way to a running server.
class ServerAdministration final : public Administration {
 public:
  /// All that is given outlives this object; the loops run while it is asked.
  ServerAdministration(const ListenerDirectory& directory, const ServerState& state, std::vector<EventLoop*> loops,
                       const WorkerPool& workers, std::shared_ptr<const PluginLibraries> libraries)
      : directory_(directory),
        state_(state),
        loops_(std::move(loops)),
        workers_(workers),
        libraries_(std::move(libraries)) {}

  bool ready() const override { return facts.ready.load(std::memory_order_acquire); }
  std::string metrics() const override;
  nlohmann::ordered_json status() const override;
  nlohmann::ordered_json listeners() const override;
  nlohmann::ordered_json errors() const override;
  void plugins(Lines done) override;
  void sessions(const SessionFilter& filter, Lines done) override;
  void act(AdminCommand command, Done done) override;

  ServiceFacts facts{};
  CommandQueue commands{};  ///< For the main thread.

 private:
  const ListenerDirectory& directory_;
  const ServerState& state_;
  const std::vector<EventLoop*> loops_;
  const WorkerPool& workers_;
  const std::shared_ptr<const PluginLibraries> libraries_;
};

}  // namespace netkit
