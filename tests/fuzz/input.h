#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace netkit::fuzz {

/// Takes the fuzzer's bytes apart, from the front. Gives zeros when there are none left.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::uint16_t word() {
    const std::uint8_t low = byte();
    return static_cast<std::uint16_t>(byte() << 8 | low);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// A number taken apart into independent choices.
class Choices {
 public:
  explicit Choices(std::uint32_t number) : number_(number) {}

  /// One of `values`.
  template <class T, std::size_t size>
  const T& of(const T (&values)[size]) {
    const T& value = values[number_ % size];
    number_ /= size;
    return value;
  }
  bool flag() { return of({false, true}); }

 private:
  std::uint32_t number_;
};

}  // namespace netkit::fuzz
