#include "config/values/file_mode.h"

#include <charconv>
#include <stdexcept>
#include <system_error>

#include "base/nearest.h"

namespace netkit {
namespace {

constexpr unsigned kEveryPermission = 0777;

}  // namespace

unsigned parse_mode(const std::string& text) {
  unsigned mode = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  const bool is_number = error == std::errc() && stopped == text.data() + text.size();
  if (!is_number || text.size() < 3 || text.size() > 4 || mode > kEveryPermission) {
    throw std::invalid_argument("found " + in_quotes(text) + ", expected permissions in octal, such as 0600 or 0660");
  }
  return mode;
}

std::string mode_text(unsigned mode) {
  std::string text = "0000";
  for (std::size_t i = 4; i-- > 1; mode /= 8) text[i] = static_cast<char>('0' + mode % 8);
  return text;
}

}  // namespace netkit
