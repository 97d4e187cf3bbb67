#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "netkit/plugin.h"

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
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// One framing with options that the fuzzer chose.
struct Setup {
  const FramingType* type = nullptr;
  Options options;
  std::function<std::unique_ptr<Decoder>()> decoder;
  std::function<std::unique_ptr<Encoder>()> encoder;
};

/// Chooses framing and options by the first bytes of `input`. Nothing if the framing refuses the options.
std::optional<Setup> choose_setup(Input& input);

}  // namespace netkit::fuzz
