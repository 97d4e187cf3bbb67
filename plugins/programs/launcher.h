#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "programs/launcher_process.h"
#include "programs/supervisor_link.h"

namespace netkit::programs {

/// The server's access to one netkit-launcher process, shared by all handlers of a plugin whose programs run as
/// the same user,
/// and a pool of its idle supervisors. The process is started with the first handler, before the server serves, and
/// again after it died. Thread-safe.
class Launcher {
 public:
  /// Returns the launcher for that plan and makes it if no handler has it yet. Throws std::runtime_error if it cannot
  /// be started. Main thread.
  static std::shared_ptr<Launcher> shared(const LauncherPlan& plan);

  /// Returns the launcher for that plan, null if no handler has it. Main thread.
  static std::shared_ptr<Launcher> find(const LauncherPlan& plan);

  explicit Launcher(LauncherPlan plan);

  /// Gives a command to a supervisor and returns that. Throws std::system_error if the request cannot be sent (E2BIG:
  /// the command is too large), std::runtime_error if there is no supervisor.
  std::unique_ptr<SupervisorLink> run(const Command& command, const Streams& streams);

  /// A new supervisor for whoever reads its link himself, by take_packet(). It is not waited for; only a launcher that
  /// has died is. Throws as run() does.
  std::unique_ptr<SupervisorLink> make_supervisor();
  /// A number for a command of such a supervisor.
  std::uint64_t next_id() { return next_id_++; }

  /// Returns a supervisor whose command has ended to the pool.
  void put_back(std::unique_ptr<SupervisorLink> supervisor);

 private:
  std::unique_ptr<SupervisorLink> take_waiting();
  std::shared_ptr<LauncherProcess> process_other_than(const LauncherProcess* dead);

  const LauncherPlan plan_;
  std::atomic<std::uint64_t> next_id_{1};
  std::mutex mutex_;
  std::shared_ptr<LauncherProcess> process_;              // guarded by mutex_
  std::vector<std::unique_ptr<SupervisorLink>> waiting_;  // guarded by mutex_; the most recently used last
};

}  // namespace netkit::programs
