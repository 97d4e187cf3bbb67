#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "regular_file.h"

namespace file_send {

/// A hash function from OpenSSL. Thread-safe.
class HashAlgorithm {
 public:
  /// `name` is one of names(). Throws netkit::OptionError, for `hash`, if this OpenSSL does not have it.
  explicit HashAlgorithm(const std::string& name);

  static std::vector<std::string> names();

  const std::string& name() const { return name_; }

  /// Returns the hash in lower-case hex.
  std::string hash(std::string_view bytes) const;

  /// Returns the hash of a whole file, read in large blocks. Nothing if `stop` was requested. Throws std::system_error.
  std::optional<std::string> hash(const RegularFile& file, const std::stop_token& stop) const;

 private:
  struct FreeAlgorithm {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
  };

  std::string name_;
  std::unique_ptr<EVP_MD, FreeAlgorithm> algorithm_;
};

}  // namespace file_send
