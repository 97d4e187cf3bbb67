#include "netkit-client/download/digest.h"

#include <array>
#include <new>
#include <stdexcept>

#include "base/nearest.h"

namespace netkit::client {
namespace {

/// With a fetched algorithm, OpenSSL's digest calls fail only for lack of memory.
void check(int result) {
  if (result != 1) throw std::bad_alloc();
}

}  // namespace

Digest::Digest(const std::string& algorithm) : context_(EVP_MD_CTX_new()) {
  const auto free_algorithm = [](EVP_MD* found) { EVP_MD_free(found); };
  const std::unique_ptr<EVP_MD, decltype(free_algorithm)> found(EVP_MD_fetch(nullptr, algorithm.c_str(), nullptr),
                                                                free_algorithm);
  if (found == nullptr) throw std::invalid_argument("unknown hash algorithm " + in_quotes(algorithm));
  check(EVP_DigestInit_ex2(context_.get(), found.get(), nullptr));
}

bool Digest::is_weak() const {
  constexpr int kTrusted = 32;  // bytes of SHA-256
  const EVP_MD* const algorithm = EVP_MD_CTX_get0_md(context_.get());
  // Two weak ones side by side, as long as that may be.
  return EVP_MD_get_size(algorithm) < kTrusted || EVP_MD_is_a(algorithm, "MD5-SHA1") == 1;
}

void Digest::update(std::string_view bytes) { check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }

std::string Digest::hex() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  check(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size));
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

}  // namespace netkit::client
