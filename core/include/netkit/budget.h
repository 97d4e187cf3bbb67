#pragma once

#include <cstdint>
#include <utility>

namespace netkit {

/// An amount that many share, such as the bytes of all spool files. Thread-safe; implemented by the server.
class Budget {
 public:
  virtual ~Budget() = default;
  /// False, and nothing is taken, if there is not so much left.
  virtual bool take(std::uint64_t amount) noexcept = 0;
  /// Gives back what was taken.
  virtual void give_back(std::uint64_t amount) noexcept = 0;
};

}  // namespace netkit
