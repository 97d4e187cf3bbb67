#pragma once

#include <stdexcept>

namespace netkit::testing {

/// What a test expected has not come. what() is one text for people, so that any test framework can show it.
class TestFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace netkit::testing
