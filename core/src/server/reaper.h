#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "host/listener_context.h"
#include "netkit/unique_fd.h"

namespace netkit {

/// Where listener contexts go when their last connection has ended, so that the main thread destroys them: with them go
/// handlers, which may take their time, and plugins, which are unloaded. An event loop must not wait for either.
class Reaper : public std::enable_shared_from_this<Reaper> {
 public:
  Reaper();

  /// Hands a context out that comes back here.
  std::shared_ptr<ListenerContext> watch_over(std::unique_ptr<ListenerContext> context);

  /// Destroys what has come back. Main thread.
  void reap();

  /// Readable when there is something to reap.
  int descriptor() const { return wake_.get(); }

 private:
  void take(std::unique_ptr<ListenerContext> context) noexcept;

  UniqueFd wake_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<ListenerContext>> ended_;  // guarded by mutex_
};

}  // namespace netkit
