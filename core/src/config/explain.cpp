#include "config/explain.h"

#include <string>

#include "base/nearest.h"
#include "config/schema/key_places.h"
#include "config/syntax/ini_reader.h"

namespace netkit {
namespace {

bool same_place(const Position& a, const Position& b) { return a.line == b.line && a.column == b.column; }

/// Extends `path` to the object that has the unknown key of an error. False if `node` does not contain it.
bool find_key(const Node& node, const Diagnostic& error, KeyPath& path) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    path.push_back(std::to_string(i));
    if (find_key(node.items[i], error, path)) return true;
    path.pop_back();
  }
  for (const Member& member : node.members) {
    if (member.key == error.unknown_key && same_place(member.where, error.where)) return true;
    path.push_back(member.key);
    if (find_key(member.value, error, path)) return true;
    path.pop_back();
  }
  return false;
}

/// The value at `where`; null if there is none.
const Node* find_value(const Node& node, const Position& where) {
  if (node.kind == Node::Kind::word) return same_place(node.where, where) ? &node : nullptr;
  const Node* found = nullptr;
  for (const Node& item : node.items) found = found != nullptr ? found : find_value(item, where);
  for (const Member& member : node.members) found = found != nullptr ? found : find_value(member.value, where);
  return found;
}

void explain_keys(const Node& config, const KeyPlaces& places, Diagnostics& errors) {
  for (Diagnostic& error : errors) {
    KeyPath path;
    if (error.unknown_key.empty() || !find_key(config, error, path)) continue;
    const std::string hint = places.hint(config, path, error.unknown_key);
    if (!hint.empty()) error.text = "unknown key " + in_quotes(error.unknown_key) + " here; " + hint;
  }
}

void explain_comments(const Node& config, Diagnostics& errors) {
  for (Diagnostic& error : errors) {
    const Node* value = find_value(config, error.where);
    if (value != nullptr) error.text += comment_hint(value->text);
  }
}

}  // namespace

void explain(const Node& config, bool is_ini, const TypeRegistry& types, Diagnostics& errors) {
  if (is_ini) explain_comments(config, errors);
  explain_keys(config, KeyPlaces(types, is_ini), errors);
}

}  // namespace netkit
