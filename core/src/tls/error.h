#pragma once

#include <stdexcept>
#include <string>

namespace netkit {

/// A certificate, key or authority that cannot be used. what() names the file and says what is wrong with it.
class TlsError : public std::runtime_error {
 public:
  /// `option`: what names the file in a config.
  TlsError(const char* option, const std::string& file, const std::string& wrong)
      : std::runtime_error(std::string(option) + " " + file + ": " + wrong), option_(option) {}

  const char* option() const { return option_; }

 private:
  const char* option_;  // a literal
};

/// Takes all of this thread's OpenSSL errors away and returns the first as text, or `otherwise` if there is none.
std::string take_tls_errors(const char* otherwise);

}  // namespace netkit
