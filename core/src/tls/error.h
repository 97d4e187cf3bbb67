#pragma once

#include <stdexcept>
#include <string>

namespace netkit {

/// A certificate, key or authority that cannot be used. what() names the file and says what is wrong with it.
class TlsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Takes all of this thread's OpenSSL errors away and returns the first as text, or `otherwise` if there is none.
std::string take_tls_errors(const char* otherwise);

}  // namespace netkit
