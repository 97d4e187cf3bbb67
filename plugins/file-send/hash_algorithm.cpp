#include "hash_algorithm.h"

#include <array>
#include <cstddef>
#include <new>
#include <utility>

#include "netkit/options.h"

namespace file_send {
namespace {

struct Algorithm {
  const char* name;
  const char* openssl_name;
};

constexpr std::array kAlgorithms{Algorithm{"sha256", "SHA2-256"}, Algorithm{"sha512", "SHA2-512"},
                                 Algorithm{"blake2b512", "BLAKE2B-512"}, Algorithm{"sha1", "SHA1"},
                                 Algorithm{"md5", "MD5"}};

/// With a fetched algorithm, OpenSSL's digest calls fail only for lack of memory.
void check(int result) {
  if (result != 1) throw std::bad_alloc();
}

}  // namespace

Hashing::Hashing(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new()) {
  check(EVP_DigestInit_ex2(context_.get(), algorithm, nullptr));
}

void Hashing::add(std::string_view bytes) { check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }

std::string Hashing::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  check(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(std::size_t{2} * size);
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

HashAlgorithm::HashAlgorithm(const std::string& name) : name_(name) {
  for (const Algorithm& known : kAlgorithms) {
    if (name == known.name) algorithm_.reset(EVP_MD_fetch(nullptr, known.openssl_name, nullptr));
  }
  if (algorithm_ == nullptr) throw netkit::OptionError("hash", "'" + name + "' is not offered by this OpenSSL");
}

std::vector<std::string> HashAlgorithm::names() {
  std::vector<std::string> names;
  names.reserve(std::size(kAlgorithms));
  for (const Algorithm& known : kAlgorithms) names.emplace_back(known.name);
  return names;
}

std::string HashAlgorithm::hash(std::string_view bytes) const {
  Hashing hashing(algorithm_.get());
  hashing.add(bytes);
  return hashing.hex();
}

}  // namespace file_send
