#pragma once

#include <stdexcept>

namespace netkit {

/// A socket cannot be bound: in use, no such address, not permitted. what() says which and why.
class BindError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace netkit
