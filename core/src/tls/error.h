#pragma once

#include <stdexcept>
#include <string>

namespace netkit {

/// A certificate, key or authority cannot be used. what() names the file and says what is wrong.
class TlsError : public std::runtime_error {
 public:
  /// `option`: the config option that names the file.
  TlsError(const char* option, const std::string& file, const std::string& wrong)
      : std::runtime_error(std::string(option) + " " + file + ": " + wrong), option_(option) {}

  const char* option() const { return option_; }

 private:
  const char* option_;  // a literal
};

/// Clears this thread's OpenSSL error queue and returns the first error as text, or `otherwise` if there was none.
std::string take_tls_errors(const char* otherwise);

}  // namespace netkit
