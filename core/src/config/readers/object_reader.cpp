#include "config/readers/object_reader.h"

#include <algorithm>
#include <utility>

#include "base/nearest.h"
#include "config/readers/value_reader.h"
#include "config/values/expectation.h"

namespace netkit {

void ObjectReader::fail(const Position& where, std::string text) { errors_.push_back({where, std::move(text)}); }

const Node* ObjectReader::take(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  const auto found =
      std::find_if(node_.members.begin(), node_.members.end(), [&](const Member& member) { return member.key == key; });
  return found == node_.members.end() ? nullptr : &found->value;
}

const Node* ObjectReader::require(const std::string& key, const std::string& expected) {
  const Node* found = take(key);
  if (found == nullptr) errors_.push_back({node_.where, in_quotes(key) + " is missing, expected " + expected});
  return found;
}

std::optional<std::string> ObjectReader::read_text(const std::string& key, const Node& node) {
  std::optional<Options::Value> value = read_value({.name = key, .type = OptionType::text}, node, folder_, errors_);
  if (!value) return std::nullopt;
  return std::get<std::string>(std::move(*value));
}

std::optional<std::vector<std::string>> ObjectReader::read_texts(const std::string& key, const Node& node) {
  std::optional<Options::Value> value = read_value({.name = key, .type = OptionType::texts}, node, folder_, errors_);
  if (!value) return std::nullopt;
  return std::get<std::vector<std::string>>(std::move(*value));
}

PlacedOptions ObjectReader::take_options(const std::vector<OptionSpec>& specs) {
  PlacedOptions options;
  for (const OptionSpec& spec : specs) {
    const Node* node = spec.required ? require(spec.name, expectation(spec)) : take(spec.name);
    if (node == nullptr) continue;
    std::optional<Options::Value> value = read_value(spec, *node, folder_, errors_, may_have_nul_);
    if (value) options.set(spec.name, std::move(*value), node->where);
  }
  return options;
}

std::optional<ObjectReader> ObjectReader::take_object(const std::string& key) {
  const Node* node = take(key);
  if (node == nullptr || !require_object(key, *node, errors_)) return std::nullopt;
  return ObjectReader(*node, folder_, errors_);
}

PlacedOptions ObjectReader::take_object(const std::string& key, const std::vector<OptionSpec>& specs) {
  std::optional<ObjectReader> members = take_object(key);
  if (!members) return {};
  PlacedOptions options = members->take_options(specs);
  members->refuse_rest();
  return options;
}

void ObjectReader::refuse_rest() {
  for (const Member& member : node_.members) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    errors_.push_back({member.where, "unknown key " + in_quotes(member.key) + suggest(member.key, known_), member.key});
  }
}

bool require_object(const std::string& key, const Node& node, Diagnostics& errors) {
  if (node.kind == Node::Kind::object) return true;
  errors.push_back({node.where, in_quotes(key) + ": found " + found_text(node) + ", expected an object"});
  return false;
}

}  // namespace netkit
