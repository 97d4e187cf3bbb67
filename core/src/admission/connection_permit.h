#pragma once

#include <memory>
#include <utility>

namespace netkit {

class Admission;
struct Source;

/// The right to one of the connections that the server, a listener and a source may have at once. Goes back when it is
/// destroyed. Keeps its Admission alive, and with it that one's owner. Any thread, one at a time.
class ConnectionPermit {
 public:
  ConnectionPermit() = default;  ///< Empty: no permit.
  /// For Admission only, which has counted the connection.
  explicit ConnectionPermit(std::shared_ptr<Admission> admission) : admission_(std::move(admission)) {}
  ConnectionPermit(ConnectionPermit&& other) noexcept
      : admission_(std::move(other.admission_)), source_(std::exchange(other.source_, nullptr)) {}
  ConnectionPermit& operator=(ConnectionPermit&& other) noexcept {
    std::swap(admission_, other.admission_);
    std::swap(source_, other.source_);
    return *this;
  }
  ConnectionPermit(const ConnectionPermit&) = delete;
  ConnectionPermit& operator=(const ConnectionPermit&) = delete;
  ~ConnectionPermit() {
    if (admission_) give_back();  // most objects have been moved from
  }

  explicit operator bool() const { return admission_ != nullptr; }
  /// Who gave it; not of an empty one.
  Admission& admission() const { return *admission_; }

  /// The source that the connection counts for; null where sources are not counted.
  Source* source() const { return source_; }
  void set_source(Source& source) { source_ = &source; }

 private:
  void give_back() noexcept;

  std::shared_ptr<Admission> admission_;
  Source* source_ = nullptr;
};

}  // namespace netkit
