#pragma once

#include <memory>
#include <utility>

namespace netkit {

struct ListenerContext;
struct Source;

/// One of the connections that the server, a listener and a source may have at once; given back when destroyed. Keeps
/// its listener's context alive. Any thread, one at a time.
class ConnectionPermit {
 public:
  ConnectionPermit() = default;
  /// For Admission only, which has counted the connection.
  explicit ConnectionPermit(std::shared_ptr<ListenerContext> context) : context_(std::move(context)) {}
  ConnectionPermit(ConnectionPermit&& other) noexcept
      : context_(std::exchange(other.context_, nullptr)), source_(std::exchange(other.source_, nullptr)) {}
  ConnectionPermit& operator=(ConnectionPermit&& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(source_, other.source_);
    return *this;
  }
  ConnectionPermit(const ConnectionPermit&) = delete;
  ConnectionPermit& operator=(const ConnectionPermit&) = delete;
  ~ConnectionPermit();

  explicit operator bool() const { return context_ != nullptr; }
  ListenerContext& context() const { return *context_; }

  /// Who it is taken for, counted in its table; null as long as nobody asks for sources.
  Source* source() const { return source_; }
  void set_source(Source& source) { source_ = &source; }

 private:
  std::shared_ptr<ListenerContext> context_;
  Source* source_ = nullptr;
};

}  // namespace netkit
