#pragma once

#include <openssl/evp.h>

#include <cstddef>
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

  /// Size of the hash in bytes.
  std::size_t size() const { return static_cast<std::size_t>(EVP_MD_CTX_get_size(context_.get())); }

  /// Returns the hash in lower-case hex. Call once, at the end.
  std::string hex();

 private:
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
};

}  // namespace netkit::client
