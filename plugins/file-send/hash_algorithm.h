#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace file_send {

/// One computation of a hash.
class Hashing {
 public:
  explicit Hashing(const EVP_MD* algorithm);

  void add(std::string_view bytes);
  /// The last call: the hash in lower-case hex.
  std::string hex();

 private:
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };

  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
};

/// A hash function from OpenSSL. Thread-safe.
class HashAlgorithm {
 public:
  /// `name` is one of names(). Throws netkit::OptionError, for `hash`, if this OpenSSL does not have it.
  explicit HashAlgorithm(const std::string& name);

  static std::vector<std::string> names();

  const std::string& name() const { return name_; }

  /// Returns the hash in lower-case hex.
  std::string hash(std::string_view bytes) const;

  /// Begins one of bytes that come in pieces. This object outlives it.
  Hashing begin() const { return Hashing(algorithm_.get()); }

 private:
  struct FreeAlgorithm {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
  };

  std::string name_;
  std::unique_ptr<EVP_MD, FreeAlgorithm> algorithm_;
};

}  // namespace file_send
