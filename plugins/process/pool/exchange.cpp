#include "pool/exchange.h"

namespace netkit::process {

std::string excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string shown = "'" + std::string(text.substr(0, kLongest)) + "'";
  if (text.size() > kLongest) shown += " and " + std::to_string(text.size() - kLongest) + " bytes more";
  return shown;
}

}  // namespace netkit::process
