#include "config/sections/listener/filters.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "config/readers/value_reader.h"

namespace netkit {
namespace {

constexpr const char* kKey = "filters";
constexpr const char* kType = "type";  // what the names of INI stand under once there are options

/// True for a value of an INI file: the names alone, or beside the options of each.
bool is_ini(const Node& node) {
  if (node.kind == Node::Kind::word) return true;
  return node.kind == Node::Kind::object &&
         std::all_of(node.members.begin(), node.members.end(), [](const Member& one) {
           return one.value.kind == (one.key == kType ? Node::Kind::word : Node::Kind::object);
         });
}

/// One entry as JSON would have it; `options` is null if INI has none for it.
Node entry(Node name, const Node* options) {
  if (options == nullptr) return name;
  Node object = *options;
  object.members.insert(object.members.begin(), {kType, name.where, std::move(name)});
  return object;
}

/// The list that JSON would have. The names of options that belong to no filter of the list are errors.
Node list_of_ini(ObjectReader& reader, const Node& node) {
  Node list;
  list.kind = Node::Kind::list;
  list.where = node.where;
  ObjectReader members(node, reader.folder(), reader.errors());
  const Node* names = &node;
  if (node.kind == Node::Kind::object) names = members.take(kType);
  if (names == nullptr) {
    reader.fail(node.where, "'filters' is missing, expected the names of the filters that have options here");
    return list;
  }
  const std::vector<std::string> each = reader.read_texts(kKey, *names).value_or(std::vector<std::string>());
  for (std::size_t i = 0; i < each.size(); ++i) {
    const Node* options = node.kind == Node::Kind::object ? members.take(each[i]) : nullptr;
    list.items.push_back(entry(scalar_node(Node::Kind::text, each[i], item_where(*names, i)), options));
  }
  if (node.kind != Node::Kind::object) return list;
  for (const Member& member : node.members) {
    if (member.key == kType || std::find(each.begin(), each.end(), member.key) != each.end()) continue;
    reader.fail(member.where, "'filters' has no " + in_quotes(member.key) + suggest(member.key, each));
  }
  return list;
}

void read_entry(ObjectReader& reader, ChoiceReader& choices, const Node& node, std::vector<Choice>& filters) {
  Choice choice;
  if (choices.filter(node, choice) == nullptr) return;
  const bool twice =
      std::any_of(filters.begin(), filters.end(), [&](const Choice& other) { return other.type == choice.type; });
  if (twice) {
    reader.fail(choice.where, "'filters': found " + in_quotes(choice.type) + " twice, expected each filter once");
  } else {
    filters.push_back(std::move(choice));
  }
}

}  // namespace

void read_filters(ObjectReader& reader, ChoiceReader& choices, ListenerConfig& listener) {
  const Node* node = reader.take(kKey);
  if (node == nullptr) return;
  Node list = is_ini(*node) ? list_of_ini(reader, *node) : *node;
  if (list.kind != Node::Kind::list) {
    reader.fail(node->where,
                "'filters': found " + found_text(*node) + ", expected a list of names and of objects with 'type'");
    return;
  }
  for (const Node& item : list.items) read_entry(reader, choices, item, listener.filters);
}

}  // namespace netkit
