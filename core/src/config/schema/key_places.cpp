#include "config/schema/key_places.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "base/nearest.h"
#include "base/words.h"
#include "config/schema/config_schema.h"
#include "config/values/option_value.h"

namespace netkit {
namespace {

constexpr const char* kListeners = "listeners";
constexpr const char* kProperties = "properties";
constexpr const char* kType = "type";

/// The keys of a listener that name types, each with what the schema calls such a type.
struct Kind {
  const char* key;
  const char* name;
};
constexpr Kind kKinds[] = {{"handler", "handler"}, {"framing", "framing"}, {"filters", "filter"}};

bool is_kind(const std::string& key) {
  return std::any_of(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) { return kind.key == key; });
}

const Node* member_of(const Node& object, std::string_view key) {
  const auto found = std::find_if(object.members.begin(), object.members.end(),
                                  [&](const Member& member) { return member.key == key; });
  return found == object.members.end() ? nullptr : &found->value;
}

/// The names in what a config says of handlers, filters or framings.
void add_names(const Node& node, std::vector<std::string>& names) {
  if (node.kind == Node::Kind::text) names.push_back(node.text);
  if (node.kind == Node::Kind::word) {
    try {
      for (std::string& name : split_list(node.text)) names.push_back(std::move(name));
    } catch (const std::invalid_argument&) {  // reported where the value is read
    }
  }
  for (const Node& item : node.items) add_names(item, names);
  for (const char* key : {kType, "in", "out", "tcp", "udp", "tls", "unix"}) {
    if (const Node* named = member_of(node, key)) add_names(*named, names);
  }
}

bool is_in(const KeyPath& path, std::string_view key) { return !path.empty() && path.front() == key; }

bool has_key(const Schema& object, const std::string& key) {
  return object.contains(kProperties) && object.at(kProperties).contains(key);
}

/// Without plugins: their options are no keys of the config itself.
const Schema& top_level_keys() {
  static const Schema schema = config_schema(TypeRegistry());
  return schema.at(kProperties);
}

const Schema& listener_keys() { return top_level_keys().at(kListeners).at("items").at(kProperties); }

/// The objects among `keys` that have such a key, but for the one that is `path`.
std::vector<std::string> sections_with(const Schema& keys, const std::string& key, const KeyPath& path) {
  std::vector<std::string> sections;
  for (const auto& [name, value] : keys.items()) {
    if (path != KeyPath{name} && has_key(value, key)) sections.push_back(name);
  }
  return sections;
}

std::vector<std::string> names_of(const Schema& keys) {
  std::vector<std::string> names;
  for (const auto& [name, value] : keys.items()) names.push_back(name);
  return names;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " or ") + in_quotes(name);
  return text;
}

std::vector<std::string> dotted(const std::vector<std::string>& sections, const std::string& key) {
  std::vector<std::string> names = sections;
  for (std::string& name : names) name.append(".").append(key);
  return names;
}

}  // namespace

std::string KeyPlaces::hint(const Node& config, const KeyPath& path, const std::string& key) const {
  const Node* listener = nullptr;
  const Node* all = member_of(config, kListeners);
  if (path.size() >= 2 && path.front() == kListeners && all != nullptr) listener = &all->items.at(std::stoul(path[1]));
  const Question question{listener, {path.begin() + (listener != nullptr ? 2 : 0), path.end()}, key};
  return listener != nullptr ? from_listener(question) : from_outside(question);
}

/// In a section of a listener, the sections come first: they may have a key in common with the handler.
std::string KeyPlaces::from_listener(const Question& question) const {
  const bool in_section = !question.path.empty() && !is_kind(question.path.front());
  std::string text = in_section ? of_listener(question) : of_types(question);
  if (text.empty()) text = in_section ? of_types(question) : of_listener(question);
  if (text.empty()) text = of_top_level(question);
  return text.empty() ? of_other_types(question) : text;
}

/// Whoever forgets the list of listeners has keys of a listener at the top level, some of which sections have too.
std::string KeyPlaces::from_outside(const Question& question) const {
  if (listener_keys().contains(question.key)) return of_any_listener(question);
  std::string text = of_top_level(question);
  if (text.empty()) text = of_any_listener(question);
  return text.empty() ? of_other_types(question) : text;
}

/// Of the listener's own handler, framing and filters.
std::string KeyPlaces::of_types(const Question& question) const {
  for (const Kind& kind : kKinds) {
    const Node* value = member_of(*question.listener, kind.key);
    if (value == nullptr || question.key == kType || is_in(question.path, kind.key)) continue;
    std::vector<std::string> names;
    add_names(*value, names);
    for (const std::string& name : names) {
      if (!has_option(kind.name, name, question.key)) continue;
      const std::string place = kind.key + (kind.key == std::string("filters") ? "." + name : std::string());
      return std::string("it is an option of ") + kind.name + " " + name + ": write " +
             (is_ini_ ? in_quotes(place + "." + question.key) : "it in " + in_quotes(kind.key));
    }
  }
  return {};
}

std::string KeyPlaces::of_listener(const Question& question) const {
  const std::vector<std::string> sections = sections_with(listener_keys(), question.key, question.path);
  if (!sections.empty())
    return "write " + (is_ini_ ? quoted_list(dotted(sections, question.key)) : "it in " + quoted_list(sections));
  if (question.path.empty() || !listener_keys().contains(question.key)) return {};
  const std::string whose = "it is a key of the listener: write ";
  return whose + (is_ini_ ? in_quotes(question.key) : "it beside " + in_quotes(question.path.front()));
}

std::string KeyPlaces::of_top_level(const Question& question) const {
  const Schema& keys = top_level_keys();
  const std::vector<std::string> sections =
      sections_with(keys, question.key, question.listener == nullptr ? question.path : KeyPath());
  if (!sections.empty()) {
    if (is_ini_) return "write it in [" + sections.front() + "]";
    return "write it in " + quoted_list(sections) + (question.listener != nullptr ? " of the top level" : "");
  }
  const bool is_there = question.listener == nullptr && question.path.empty();
  if (is_there || question.key == kListeners || !keys.contains(question.key)) return {};
  return std::string("it is a key of the top level: write it ") +
         (is_ini_ ? "before the first section" : "beside 'listeners'");
}

/// For what stands outside of all listeners.
std::string KeyPlaces::of_any_listener(const Question& question) const {
  const std::string entry = is_ini_ ? "a section [listener.NAME]" : "an entry of 'listeners'";
  if (listener_keys().contains(question.key)) return "it is a key of a listener: write it in " + entry;
  const std::vector<std::string> sections = sections_with(listener_keys(), question.key, {});
  if (sections.empty()) return {};
  if (is_ini_) return "write " + quoted_list(dotted(sections, question.key)) + " in " + entry;
  return "write it in " + quoted_list(sections) + " of a listener";
}

/// Of types that the listener does not name. A key that is nearly one of this level is rather meant to be that.
std::string KeyPlaces::of_other_types(const Question& question) const {
  const Schema& here = question.listener == nullptr ? top_level_keys() : listener_keys();
  if (question.path.empty() && !nearest(question.key, names_of(here)).empty()) return {};
  for (const Kind& kind : kKinds) {
    if (question.key == kType || is_in(question.path, kind.key)) continue;
    const std::vector<std::string> names = types_with(kind.name, question.key);
    if (names.empty()) continue;
    const std::string place = kind.key + (kind.key == std::string("filters") ? "." + names.front() : std::string());
    std::string text = std::string("it is an option of ") + kind.name + " " + names.front();
    text += std::string(names.size() > 1 ? " and others" : "") + ": write ";
    text += is_ini_ ? in_quotes(place + "." + question.key) : "it in " + in_quotes(kind.key);
    if (question.listener == nullptr) text += is_ini_ ? " in a section [listener.NAME]" : " of a listener";
    return text;
  }
  return {};
}

std::vector<std::string> KeyPlaces::types_with(const std::string& kind, const std::string& option) const {
  std::vector<std::string> names;
  const auto collect = [&](const auto& types) {
    for (const auto& [name, type] : types) {
      if (find_spec(type.options, option) != nullptr) names.push_back(name);
    }
  };
  if (kind == "handler") collect(types_.handlers());
  if (kind == "framing") collect(types_.framings());
  if (kind == "filter") collect(types_.filters());
  return names;
}

bool KeyPlaces::has_option(const std::string& kind, const std::string& type, const std::string& option) const {
  const auto has = [&](const auto* found) { return found != nullptr && find_spec(found->options, option) != nullptr; };
  if (kind == "handler") return has(types_.handler(type));
  if (kind == "framing") return has(types_.framing(type));
  return has(types_.filter(type));
}

}  // namespace netkit
