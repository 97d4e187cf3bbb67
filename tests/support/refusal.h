#pragma once

#include <cppunit/TestAssert.h>

#include <stdexcept>
#include <string>

namespace netkit::test {

/// The message of the std::invalid_argument that `call` throws.
template <class Call>
std::string refusal(Call&& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "(accepted)";
}

inline void equal(const std::string& expected, const std::string& actual) { CPPUNIT_ASSERT_EQUAL(expected, actual); }

}  // namespace netkit::test
