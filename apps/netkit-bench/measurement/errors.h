#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace netkit::bench {

/// What may go wrong with a message or its connection.
enum class ErrorKind : std::uint8_t { wrong, unanswered, closed, broken, unconnected };
inline constexpr std::size_t kErrorKinds = 5;

/// How often what went wrong, and the first of it in words.
struct Errors {
  std::array<std::uint64_t, kErrorKinds> counts{};
  std::string first;  ///< Empty: none.

  void add(ErrorKind kind, const std::string& text) {
    ++counts[static_cast<std::size_t>(kind)];
    if (first.empty()) first = text;
  }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts) sum += count;
    return sum;
  }
};

/// The name of a kind in JSON and CSV.
inline const char* to_string(ErrorKind kind) {
  static constexpr std::array<const char*, kErrorKinds> kNames{"wrong", "unanswered", "closed", "broken",
                                                               "unconnected"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace netkit::bench
