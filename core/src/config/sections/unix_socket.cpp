#include "config/sections/unix_socket.h"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <system_error>

#include "base/nearest.h"
#include "config/load.h"
#include "config/values/value_reader.h"

namespace netkit {
namespace {

constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr unsigned kEveryPermission = 0777;

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw std::invalid_argument("address " + in_quotes(text) + ": " + why);
}

/// True for what can only be meant for another transport. A path of that name needs a '/' in front, such as ./host:1.
bool is_host_and_port(const std::string& text) {
  if (text.find('/') != std::string::npos) return false;
  try {
    parse_address(text);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

Address parse_socket_path(const std::string& text, const std::string& folder) {
  constexpr const char* kExpected = "expected the path of a socket, such as /run/netkit/local.sock";
  if (text.empty()) refuse(text, std::string("found no path, ") + kExpected);
  if (is_host_and_port(text)) refuse(text, std::string("found a host and a port, ") + kExpected);
  if (std::any_of(text.begin(), text.end(), is_control)) refuse(text, "found a control character, expected none");
  std::string path = absolute_path(text, folder);
  if (text.ends_with('/')) refuse(text, std::string("found a folder, ") + kExpected);
  if (path.size() > kLongestPath) {
    refuse(text, "found a path of " + std::to_string(path.size()) + " bytes, expected " + std::to_string(kLongestPath) +
                     " at most, folder included");
  }
  return {.host = {}, .path = std::move(path)};
}

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
