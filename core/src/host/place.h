#pragma once

#include <memory>
#include <utility>

namespace netkit {

struct ListenerContext;

/// One of the connections that a listener and the server may have at once; given back when destroyed. Keeps its
/// listener's context alive. Any thread, one at a time.
class Place {
 public:
  Place() = default;
  /// For ListenerContext::enter() only, which has counted the connection.
  explicit Place(std::shared_ptr<ListenerContext> context) : context_(std::move(context)) {}
  Place(Place&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
  Place& operator=(Place&& other) noexcept {
    std::swap(context_, other.context_);
    return *this;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place();

  explicit operator bool() const { return context_ != nullptr; }
  ListenerContext& context() const { return *context_; }

 private:
  std::shared_ptr<ListenerContext> context_;
};

}  // namespace netkit
