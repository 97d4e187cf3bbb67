#include "server/listeners/listening_lines.h"

#include <cstddef>

namespace netkit {

std::string framing_text(const FramingChoice& framing) {
  if (framing.in.type == framing.out.type) return framing.in.type;
  return framing.in.type + "/" + framing.out.type;
}

std::vector<std::string> listening_lines(const ServedListener& listener) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < listener.parts.size(); ++i) {
    const Port& port = *listener.parts[i].port;
    const TransportConfig& transport = listener.config.transports[i];
    lines.push_back("listening " + listener.config.name + " " + to_string(transport.transport) + " " +
                    to_string(port.bound()) + " framing=" + framing_text(transport.framing) +
                    " handler=" + listener.config.handler.type);
  }
  return lines;
}

}  // namespace netkit
