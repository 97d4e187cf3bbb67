#include "config/object_reader.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "config/nearest.h"
#include "config/option_value.h"
#include "config/words.h"

namespace netkit {
namespace {

/// A string of JSON, or a value of INI with its quotes taken off.
std::string plain_text(const Node& node) { return node.kind == Node::Kind::word ? unquote(node.text) : node.text; }

[[noreturn]] void refuse(const Node& node, const std::string& expected) {
  throw std::invalid_argument("found " + found_text(node) + ", expected " + expected);
}

/// A JSON value of another kind does not fit, even if its text would: "5" is no number.
bool kind_fits(OptionType type, Node::Kind kind) {
  if (kind == Node::Kind::word) return true;
  switch (type) {
    case OptionType::flag:
      return kind == Node::Kind::flag;
    case OptionType::integer:
      return kind == Node::Kind::number;
    case OptionType::size:
    case OptionType::duration:
      return kind == Node::Kind::number || kind == Node::Kind::text;
    default:
      return kind == Node::Kind::text;
  }
}

std::string read_path(const OptionSpec& spec, const Node& node, const std::string& folder) {
  const std::string path = plain_text(node);
  if (path.empty()) refuse(node, expectation(spec));
  return absolute_path(path, folder);
}

Options::Value read_scalar(const OptionSpec& spec, const Node& node, const std::string& folder) {
  if (!kind_fits(spec.type, node.kind)) refuse(node, expectation(spec));
  if (spec.type == OptionType::path) return read_path(spec, node, folder);
  return parse_option(spec, plain_text(node));
}

std::vector<std::string> read_texts(const Node& node, const std::string& expected) {
  if (node.kind == Node::Kind::word) return split_list(node.text);
  if (node.kind == Node::Kind::text) return {node.text};
  if (node.kind != Node::Kind::list) refuse(node, expected);
  std::vector<std::string> texts;
  for (const Node& item : node.items) {
    if (item.kind != Node::Kind::text) refuse(item, "a string");
    texts.push_back(item.text);
  }
  return texts;
}

std::vector<std::string> read_words(const std::string& key, const Node& node) {
  if (node.kind == Node::Kind::word) return split_words(node.text);
  if (node.kind != Node::Kind::list) refuse(node, "a list of strings for " + in_quotes(key));
  return read_texts(node, "a list of strings");
}

Options::Table read_table(const OptionSpec& spec, const Node& node) {
  if (node.kind != Node::Kind::object) refuse(node, expectation(spec));
  Options::Table table;
  for (const Member& member : node.members) table.emplace(member.key, read_words(member.key, member.value));
  return table;
}

Options::Value read_any(const OptionSpec& spec, const Node& node, const std::string& folder) {
  if (spec.type == OptionType::texts) return read_texts(node, expectation(spec));
  if (spec.type == OptionType::table) return read_table(spec, node);
  return read_scalar(spec, node, folder);
}

}  // namespace

const Node* ObjectReader::take(const std::string& key) {
  known_.push_back(key);
  const auto found =
      std::find_if(node_.members.begin(), node_.members.end(), [&](const Member& member) { return member.key == key; });
  return found == node_.members.end() ? nullptr : &found->value;
}

const Node* ObjectReader::require(const std::string& key, const std::string& expected) {
  const Node* found = take(key);
  if (found == nullptr) errors_.push_back({node_.where, in_quotes(key) + " is missing, expected " + expected});
  return found;
}

void ObjectReader::take_options(const std::vector<OptionSpec>& specs, Settings& settings) {
  for (const OptionSpec& spec : specs) {
    const Node* node = spec.required ? require(spec.name, expectation(spec)) : take(spec.name);
    if (node == nullptr) continue;
    std::optional<Options::Value> value = read_value(spec, *node, folder_, errors_);
    if (!value) continue;
    settings.options.set(spec.name, std::move(*value));
    settings.places.emplace(spec.name, node->where);
  }
}

Settings ObjectReader::take_object(const std::string& key, const std::vector<OptionSpec>& specs) {
  Settings settings;
  const Node* node = take(key);
  if (node == nullptr || !require_object(key, *node, errors_)) return settings;
  ObjectReader members(*node, folder_, errors_);
  members.take_options(specs, settings);
  members.refuse_rest();
  return settings;
}

void ObjectReader::refuse_rest() {
  for (const Member& member : node_.members) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    errors_.push_back({member.where, "unknown key " + in_quotes(member.key) + suggest(member.key, known_)});
  }
}

std::optional<Options::Value> read_value(const OptionSpec& spec, const Node& node, const std::string& folder,
                                         Diagnostics& errors) {
  try {
    return read_any(spec, node, folder);
  } catch (const std::invalid_argument& error) {
    errors.push_back({node.where, in_quotes(spec.name) + ": " + error.what()});
    return std::nullopt;
  }
}

bool require_object(const std::string& key, const Node& node, Diagnostics& errors) {
  if (node.kind == Node::Kind::object) return true;
  errors.push_back({node.where, in_quotes(key) + ": found " + found_text(node) + ", expected an object"});
  return false;
}

std::string absolute_path(const std::string& path, const std::string& folder) {
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

}  // namespace netkit
