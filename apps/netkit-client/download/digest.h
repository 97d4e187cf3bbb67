#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace netkit::client {

/// Computes a hash incrementally, with OpenSSL.
class Digest {
 public:
  /// `algorithm` is OpenSSL's name, e.g. sha256. Throws std::invalid_argument if it is unknown.
  explicit Digest(const std::string& algorithm);

  void update(std::string_view bytes);

  /// True if the hash is easier to forge than SHA-256.
  bool is_weak() const;

  /// Returns the hash in lower-case hex. Call once, at the end.
  std::string hex();

 private:
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
};

}  // namespace netkit::client
