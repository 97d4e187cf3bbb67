#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "host/listener/listener_context.h"

namespace netkit {

/// The context that new connections of a listening socket belong to: a reload gives it another one. Any thread.
class CurrentContext {
 public:
  explicit CurrentContext(std::shared_ptr<ListenerContext> context) : context_(std::move(context)) {}

  void set(std::shared_ptr<ListenerContext> context) {
    const std::lock_guard lock(mutex_);
    context_.swap(context);
  }
  std::shared_ptr<ListenerContext> get() const {
    const std::lock_guard lock(mutex_);
    return context_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<ListenerContext> context_;  // guarded by mutex_
};

}  // namespace netkit
