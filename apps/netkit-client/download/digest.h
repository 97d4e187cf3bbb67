#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace netkit::client {

/// A hash of OpenSSL, computed as the bytes come.
class Digest {
 public:
  /// `algorithm` as OpenSSL names it, e.g. sha256. Throws std::invalid_argument if it has none of that name.
  explicit Digest(const std::string& algorithm);

  void update(std::string_view bytes);

  /// The hash in lower-case hex. Ends the computation.
  std::string hex();

 private:
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
};

}  // namespace netkit::client
