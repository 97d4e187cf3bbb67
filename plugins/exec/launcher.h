#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "launcher_process.h"

namespace netkit::exec {

/// A command handed to a launcher process. Keeps that process, even if another has taken its place meanwhile.
struct Ticket {
  std::shared_ptr<LauncherProcess> process;
  std::uint64_t id = 0;
  int error = 0;  ///< 0, or errno of what kept the request from being sent.
};

/// The launcher that all exec handlers of the server share. Its process is started with the first handler, while the
/// server does not serve yet, and again when it has died. Thread-safe.
class Launcher {
 public:
  /// The one launcher, made of `program` if no handler has it yet. Throws std::runtime_error if it cannot be started.
  static std::shared_ptr<Launcher> shared(const std::string& program);

  explicit Launcher(std::string program);

  /// Hands a command over, see LauncherProcess::run(). Throws std::runtime_error if no launcher can be started.
  Ticket run(const Command& command, int reports, int standard_output, int standard_error);

  /// The next command goes to another process: this one was seen to end. Its socket may seem alive a moment longer than
  /// its pipes.
  void give_up(const LauncherProcess& dead);

 private:
  std::shared_ptr<LauncherProcess> process_other_than(const LauncherProcess* dead);

  const std::string program_;
  std::atomic<std::uint64_t> next_id_{1};
  std::mutex mutex_;
  std::shared_ptr<LauncherProcess> process_;  // guarded by mutex_
};

}  // namespace netkit::exec
