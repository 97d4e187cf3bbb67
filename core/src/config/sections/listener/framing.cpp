#include "config/sections/listener/framing.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "config/readers/framing_pair.h"

namespace netkit {
namespace {

bool has_any(const Node& node, std::initializer_list<const char*> keys) {
  if (node.kind != Node::Kind::object) return false;
  return std::any_of(node.members.begin(), node.members.end(), [&](const Member& member) {
    return std::find(keys.begin(), keys.end(), member.key) != keys.end();
  });
}

const char* default_framing(Transport transport) { return transport == Transport::udp ? "datagram" : "raw"; }

}  // namespace

void FramingReader::read(const Node* node, const Position& listener, const std::optional<MessageCap>& cap,
                         std::vector<TransportConfig>& transports) {
  cap_ = cap;
  if (node != nullptr && has_any(*node, {"tcp", "udp", "tls", "unix"})) {
    read_each(*node, transports);
    return;
  }
  if (transports.empty() && node != nullptr) {
    TransportConfig unknown{Transport::udp, {}};  // takes any framing, so that only its own mistakes are reported
    read_one(*node, unknown);
  }
  for (TransportConfig& transport : transports) {
    if (node != nullptr) {
      read_one(*node, transport);
    } else {
      read_default(listener, transport);
    }
  }
}

void FramingReader::read_each(const Node& node, std::vector<TransportConfig>& transports) {
  ObjectReader reader(node, folder_, errors_);
  for (TransportConfig& transport : transports) {
    const Node* framing = reader.require(to_string(transport.transport), "the framing of this transport");
    if (framing != nullptr) read_one(*framing, transport);
  }
  reader.refuse_rest();
}

void FramingReader::read_default(const Position& listener, TransportConfig& transport) {
  Node name;
  name.kind = Node::Kind::word;
  name.where = listener;
  name.text = default_framing(transport.transport);
  read_one(name, transport);
}

void FramingReader::read_one(const Node& node, TransportConfig& transport) {
  FramingPairReader(choices_, folder_, errors_).read(node, transport.transport, cap_, transport.framing);
}

}  // namespace netkit
