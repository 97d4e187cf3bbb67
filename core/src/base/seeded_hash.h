#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace netkit {

/// The base of hash functions for what peers can choose: mixes with a number chosen at random, so that nobody can
/// choose keys that collide.
class SeededHash {
 public:
  SeededHash();

 protected:
  std::size_t mix(std::initializer_list<std::uint64_t> words) const {
    std::uint64_t mixed = seed_;
    for (const std::uint64_t word : words) {
      __extension__ using Wide = unsigned __int128;
      const Wide product = static_cast<Wide>(mixed ^ word) * 0x9e3779b97f4a7c15U;
      mixed = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^ seed_;
    }
    return mixed;
  }

 private:
  std::uint64_t seed_;
};

}  // namespace netkit
