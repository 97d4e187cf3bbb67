#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "launcher_process.h"
#include "supervisor_link.h"

namespace netkit::exec {

/// The launcher that all exec handlers of the server share whose commands run as the same user, and its supervisors,
/// which wait here for their next command. The launcher's process is started with the first handler, while the server
/// does not serve yet, and again when it has died. Thread-safe.
class Launcher {
 public:
  /// The one launcher of that plan, made if no handler has it yet. Throws std::runtime_error if it cannot be started.
  /// Main thread.
  static std::shared_ptr<Launcher> shared(const LauncherPlan& plan);

  /// The same, null if no handler has it. Main thread.
  static std::shared_ptr<Launcher> find(const LauncherPlan& plan);

  explicit Launcher(LauncherPlan plan);

  /// Hands a command to a supervisor and returns it. Throws std::system_error if the request cannot be sent (E2BIG: the
  /// command is too large), std::runtime_error if no supervisor can be had.
  std::unique_ptr<SupervisorLink> run(const Command& command, int standard_output, int standard_error);

  /// Takes back a supervisor whose command has ended.
  void put_back(std::unique_ptr<SupervisorLink> supervisor);

 private:
  std::unique_ptr<SupervisorLink> take_waiting();
  std::unique_ptr<SupervisorLink> make_supervisor();
  std::shared_ptr<LauncherProcess> process_other_than(const LauncherProcess* dead);

  const LauncherPlan plan_;
  std::atomic<std::uint64_t> next_id_{1};
  std::mutex mutex_;
  std::shared_ptr<LauncherProcess> process_;              // guarded by mutex_
  std::vector<std::unique_ptr<SupervisorLink>> waiting_;  // guarded by mutex_; the last has run the latest command
};

}  // namespace netkit::exec
