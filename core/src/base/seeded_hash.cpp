#include "base/seeded_hash.h"

#include <random>

namespace netkit {

SeededHash::SeededHash() {
  std::random_device random;
  seed_ = std::uint64_t{random()} << 32 | random();
}

}  // namespace netkit
