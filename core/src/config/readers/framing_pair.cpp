#include "config/readers/framing_pair.h"

#include <algorithm>

#include "base/nearest.h"

namespace netkit {
namespace {

bool has_directions(const Node& node) {
  if (node.kind != Node::Kind::object) return false;
  return std::any_of(node.members.begin(), node.members.end(),
                     [](const Member& member) { return member.key == "in" || member.key == "out"; });
}

}  // namespace

bool FramingPairReader::read(const Node& node, std::optional<Transport> transport, const std::optional<MessageCap>& cap,
                             FramingChoice& framing) {
  transport_ = transport;
  cap_ = cap;
  const std::size_t errors_before = errors_.size();
  if (has_directions(node)) {
    read_directions(node, framing);
  } else {
    // Read twice, as the cap on messages holds for `in` only.
    read_choice(node, Directions::in, framing.in);
    read_choice(node, Directions::out, framing.out);
  }
  return errors_.size() == errors_before;
}

void FramingPairReader::read_directions(const Node& node, FramingChoice& framing) {
  ObjectReader reader(node, folder_, errors_);
  if (const Node* type = reader.take("type")) {
    errors_.push_back(
        {type->where, "'type': found beside 'in' or 'out', expected either it, for both directions, or those two"});
    return;
  }
  const Node* in = reader.require("in", "the framing of what comes in");
  const Node* out = reader.require("out", "the framing of what goes out");
  reader.refuse_rest();
  if (in != nullptr) read_choice(*in, Directions::in, framing.in);
  if (out != nullptr) read_choice(*out, Directions::out, framing.out);
}

void FramingPairReader::read_choice(const Node& node, Directions directions, Choice& choice) {
  const std::optional<MessageCap> cap = directions == Directions::in ? cap_ : std::nullopt;
  const FramingType* type = choices_.framing(node, directions, cap, choice);
  if (type == nullptr || !type->needs_datagrams || transport_.value_or(Transport::udp) == Transport::udp) return;
  errors_.push_back({choice.where, "framing " + in_quotes(type->name) +
                                       " needs datagrams, expected transport udp, found " + to_string(*transport_)});
}

}  // namespace netkit
