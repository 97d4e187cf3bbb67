#include "config/syntax/node.h"

#include <algorithm>
#include <stdexcept>

#include "base/nearest.h"

namespace netkit {

Node scalar_node(Node::Kind kind, const std::string& text, const Position& where) {
  Node node;
  node.kind = kind;
  node.where = where;
  node.text = text;
  return node;
}

Node* find_member(Node& object, const std::string& key) {
  const auto found = std::find_if(object.members.begin(), object.members.end(),
                                  [&](const Member& member) { return member.key == key; });
  return found == object.members.end() ? nullptr : &found->value;
}

std::string found_text(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::flag:
    case Node::Kind::number:
      return node.text;
    case Node::Kind::text:
      return "the string " + in_quotes(node.text);
    case Node::Kind::word:
      return in_quotes(node.text);
    case Node::Kind::list:
      return "a list";
    case Node::Kind::object:
      return "an object";
  }
  throw std::logic_error("unknown kind of node");
}

std::string duplicate_text(const std::string& key, const Position& first) {
  return "found " + in_quotes(key) + " again, expected it once; first at line " + std::to_string(first.line);
}

}  // namespace netkit
