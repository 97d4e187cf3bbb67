#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace netkit::validate {

/// What came of one check.
struct Outcome {
  enum class Result : std::uint8_t { ok, failed, skipped };
  Result result = Result::ok;
  std::string why{};  ///< failed, skipped: one line. ok: what was found out besides; mostly empty.
};

const char* to_string(Outcome::Result result);

/// Thrown by a check that cannot be made of this plugin.
class Skipped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace netkit::validate
