#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#if defined(__SANITIZE_ADDRESS__)
#define NETKIT_GUARDS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NETKIT_GUARDS 1
#endif
#endif
#ifdef NETKIT_GUARDS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) (static_cast<void>(address), static_cast<void>(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) (static_cast<void>(address), static_cast<void>(size))
#endif

namespace netkit::fuzz {

/// Memory of which only the bytes put there may be read: AddressSanitizer sees each read behind them, as it would in
/// an allocation of just their size, without the cost of one.
class GuardedBytes {
 public:
  static constexpr std::size_t kCapacity = 8192;

  GuardedBytes() { ASAN_POISON_MEMORY_REGION(memory_.data(), kCapacity); }
  ~GuardedBytes() { ASAN_UNPOISON_MEMORY_REGION(memory_.data(), kCapacity); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  /// Replaces what was there. At most kCapacity bytes.
  std::string_view put(std::string_view bytes) {
    forbid();
    size_ = bytes.size();
    ASAN_UNPOISON_MEMORY_REGION(memory_.data(), size_);
    if (size_ > 0) std::memcpy(memory_.data(), bytes.data(), size_);
    return {memory_.data(), size_};
  }

  /// Nothing there may be read any more.
  void forbid() { ASAN_POISON_MEMORY_REGION(memory_.data(), size_); }

 private:
  alignas(16) std::array<char, kCapacity> memory_;
  std::size_t size_ = 0;
};

}  // namespace netkit::fuzz
