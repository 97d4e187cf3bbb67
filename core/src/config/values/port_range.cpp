#include "config/values/port_range.h"

#include <charconv>
#include <stdexcept>
#include <system_error>

#include "base/nearest.h"

namespace netkit {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || stopped != text.data() + text.size()) return std::nullopt;
  return port;
}

PortRange parse_port_range(const std::string& text) {
  const std::string_view whole = text;
  const std::size_t dash = whole.find('-');
  const std::optional<std::uint16_t> first = parse_port(whole.substr(0, dash));
  const std::optional<std::uint16_t> last = dash == std::string_view::npos ? first : parse_port(whole.substr(dash + 1));
  if (!first || !last || *first > *last) {
    throw std::invalid_argument("found " + in_quotes(text) +
                                ", expected a port from 0 to 65535 or a range such as 6000-6010");
  }
  return {*first, *last};
}

std::string to_string(const PortRange& range) {
  const std::string first = std::to_string(range.first);
  return range.first == range.last ? first : first + "-" + std::to_string(range.last);
}

}  // namespace netkit
