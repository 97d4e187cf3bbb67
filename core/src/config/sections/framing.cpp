#include "config/sections/framing.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "base/nearest.h"

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
  if (has_any(node, {"in", "out"})) {
    read_directions(node, transport);
    return;
  }
  // Read twice, as the cap on messages holds for `in` only.
  read_choice(node, Directions::in, transport.framing.in, transport.transport);
  read_choice(node, Directions::out, transport.framing.out, transport.transport);
}

void FramingReader::read_directions(const Node& node, TransportConfig& transport) {
  ObjectReader reader(node, folder_, errors_);
  if (const Node* type = reader.take("type")) {
    errors_.push_back(
        {type->where, "'type': found beside 'in' or 'out', expected either it, for both directions, or those two"});
    return;
  }
  const Node* in = reader.require("in", "the framing of what comes in");
  const Node* out = reader.require("out", "the framing of what goes out");
  reader.refuse_rest();
  if (in != nullptr) read_choice(*in, Directions::in, transport.framing.in, transport.transport);
  if (out != nullptr) read_choice(*out, Directions::out, transport.framing.out, transport.transport);
}

void FramingReader::read_choice(const Node& node, Directions directions, Choice& choice, Transport transport) {
  const std::optional<MessageCap> cap = directions == Directions::in ? cap_ : std::nullopt;
  const FramingType* type = choices_.framing(node, directions, cap, choice);
  if (type != nullptr && type->needs_datagrams && transport != Transport::udp) {
    errors_.push_back({choice.where, "framing " + in_quotes(type->name) +
                                         " needs datagrams, expected transport udp, found " + to_string(transport)});
  }
}

}  // namespace netkit
