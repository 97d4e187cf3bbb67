#pragma once

#include <functional>

namespace netkit {

/// Runs functions, each on some thread, in the order they came. Thread-safe.
class Executor {
 public:
  virtual ~Executor() = default;
  /// `call` must not throw. Throws if there is no memory, leaving `call` as it is, or no thread at all.
  virtual void submit(std::function<void()>&& call) = 0;
};

}  // namespace netkit
