// Fuzz target: a packet to the exec plugin's launcher. Whatever it holds, a request points into the packet and has all
// the texts that it says.

#include <cstring>
#include <string>
#include <vector>

#include "fuzz/input.h"
#include "fuzz/require.h"
#include "programs/protocol.h"

namespace {

using netkit::fuzz::require;

void check_texts(std::string_view packet, const std::vector<char*>& texts, std::size_t count) {
  require(texts.size() == count + 1 && texts.back() == nullptr, "there are as many texts as was said");
  for (std::size_t i = 0; i < count; ++i) {
    require(texts[i] >= packet.data() && texts[i] < packet.data() + packet.size(), "a text points into the packet");
    require(texts[i] + std::strlen(texts[i]) < packet.data() + packet.size(), "a text ends in the packet");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view packet = netkit::fuzz::Input(data, size).rest();
  const auto request = netkit::programs::decode_request(packet);
  if (!request || request->directory == nullptr) return 0;
  check_texts(packet, request->arguments, request->head.arguments);
  check_texts(packet, request->environment, request->head.variables);
  return 0;
}
