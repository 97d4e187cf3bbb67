#include "netkit-bench/report/units.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace netkit::bench {
namespace {

/// Three digits that count.
std::string three_digits(double value) {
  const int places = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", places, value);
  return text.data();
}

}  // namespace

std::string time_text(Duration duration) {
  static constexpr std::array<std::pair<double, const char*>, 3> kUnits{{{1e3, " us"}, {1e6, " ms"}, {1e9, " s"}}};
  const auto nanoseconds = static_cast<double>(duration.count());
  std::string text = std::to_string(duration.count()) + " ns";
  for (const auto& [size, name] : kUnits) {
    if (nanoseconds >= 0.9995 * size) text = three_digits(nanoseconds / size) + name;
  }
  return text;
}

std::string bytes_text(double bytes) {
  static constexpr std::array<const char*, 5> kUnits{" B", " KiB", " MiB", " GiB", " TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1023.95 && unit + 1 < kUnits.size(); ++unit) bytes /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f" : "%.1f", bytes);
  return text.data() + std::string(kUnits[unit]);
}

std::string count_text(double count) {
  const bool fine = count < 99.95 && count != std::floor(count);
  std::array<char, 64> digits{};
  std::snprintf(digits.data(), digits.size(), fine ? "%.1f" : "%.0f", count);
  std::string text = digits.data();
  if (fine) return text;
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

}  // namespace netkit::bench
