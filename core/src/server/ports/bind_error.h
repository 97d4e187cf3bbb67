#pragma once

#include <stdexcept>

namespace netkit {

/// A socket that cannot be had: in use, no such address, not permitted. what() says which and why.
class BindError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace netkit
