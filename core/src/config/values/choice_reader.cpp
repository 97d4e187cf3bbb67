#include "config/values/choice_reader.h"

#include <exception>
#include <stdexcept>
#include <utility>

#include "base/nearest.h"
#include "base/words.h"
#include "config/values/option_value.h"

namespace netkit {
namespace {

constexpr const char* kType = "type";

bool is_text(const Node& node) { return node.kind == Node::Kind::text || node.kind == Node::Kind::word; }

void apply_cap(const std::optional<MessageCap>& cap, Choice& choice) {
  if (!cap || choice.options.integer("max") <= cap->bytes) return;
  choice.set("max", cap->bytes, cap->where);
}

}  // namespace

const Node* ChoiceReader::find_name(const char* kind, const Node& node) {
  const Node* name = &node;
  if (node.kind == Node::Kind::object) {
    name = ObjectReader(node, folder_, errors_).require(kType, "the name of a " + std::string(kind));
  }
  if (name == nullptr || is_text(*name)) return name;
  errors_.push_back(
      {name->where, in_quotes(kind) + ": found " + found_text(*name) + ", expected the name of a " + kind});
  return nullptr;
}

template <class Type>
const Type* ChoiceReader::find_type(const char* kind, const Node& name,
                                    const Type* (PluginLoader::*find)(const std::string&),
                                    std::vector<std::string> (PluginLoader::*names)() const) {
  try {
    const std::string text = name.kind == Node::Kind::word ? unquote(name.text) : name.text;
    const Type* type = (loader_.*find)(text);
    if (type != nullptr) return type;
    std::string error = std::string("unknown ") + kind + " " + in_quotes(text) + suggest(text, (loader_.*names)());
    if (loader_.unusable() > 0) error += "; plugin files that cannot be loaded are shown by --list-plugins";
    errors_.push_back({name.where, std::move(error)});
  } catch (const PluginError& error) {
    errors_.push_back({name.where, error.what()});
  } catch (const std::invalid_argument& error) {
    errors_.push_back({name.where, in_quotes(kind) + ": " + error.what()});
  }
  return nullptr;
}

PlacedOptions ChoiceReader::take_options(const Node& node, const std::vector<OptionSpec>& specs) {
  if (node.kind != Node::Kind::object) {
    Node no_options;
    no_options.kind = Node::Kind::object;
    no_options.where = node.where;
    return ObjectReader(no_options, folder_, errors_).take_options(specs);
  }
  ObjectReader reader(node, folder_, errors_);
  reader.take(kType);
  PlacedOptions options = reader.take_options(specs);
  reader.refuse_rest();
  return options;
}

bool ChoiceReader::read_options(const Node& node, const std::vector<OptionSpec>& specs, Choice& choice) {
  const std::size_t errors_before = errors_.size();
  static_cast<PlacedOptions&>(choice) = take_options(node, specs);
  if (errors_.size() != errors_before) return false;
  try {
    fill_defaults(specs, choice.options);
  } catch (const std::logic_error& error) {
    errors_.push_back({choice.where, in_quotes(choice.type) + ": " + error.what()});
    return false;
  }
  return true;
}

/// Reads the name of a type and its options.
template <class Type>
const Type* ChoiceReader::read(const char* kind, const Node& node,
                               const Type* (PluginLoader::*find)(const std::string&),
                               std::vector<std::string> (PluginLoader::*names)() const, Choice& choice) {
  const Node* name = find_name(kind, node);
  if (name == nullptr) return nullptr;
  const Type* type = find_type(kind, *name, find, names);
  if (type == nullptr) return nullptr;
  choice.type = type->name;
  choice.where = name->where;
  return read_options(node, type->options, choice) ? type : nullptr;
}

const HandlerType* ChoiceReader::handler(const Node& node, Choice& choice) {
  return read("handler", node, &PluginLoader::handler, &PluginLoader::handler_names, choice);
}

const FilterType* ChoiceReader::filter(const Node& node, Choice& choice) {
  return read("filter", node, &PluginLoader::filter, &PluginLoader::filter_names, choice);
}

const FramingType* ChoiceReader::framing(const Node& node, Directions directions, const std::optional<MessageCap>& cap,
                                         Choice& choice) {
  const FramingType* type = read("framing", node, &PluginLoader::framing, &PluginLoader::framing_names, choice);
  if (type == nullptr) return nullptr;
  apply_cap(cap, choice);
  return try_options(*type, directions, choice) ? type : nullptr;
}

bool ChoiceReader::try_options(const FramingType& type, Directions directions, const Choice& choice) {
  const std::shared_ptr<const PluginLibrary> plugin = loader_.framing_library(type.name);
  const std::string bug = (plugin ? "plugin " + plugin->file() + ": " : "") + "framing " + in_quotes(type.name);
  const auto publishes = [&](const std::string& option) { return find_spec(type.options, option) != nullptr; };
  try {
    try_framing(type, choice.options, directions);
    return true;
  } catch (const OptionError& error) {
    const std::string text = publishes(error.option())
                                 ? in_quotes(error.option())
                                 : bug + " refuses option " + in_quotes(error.option()) + ", which it does not publish";
    errors_.push_back({choice.place_of(error.option()), text + ": " + error.what()});
  } catch (const OptionMisuse& error) {
    const char* why = publishes(error.option()) ? "" : ", as it is not published";
    errors_.push_back({choice.where, bug + ": " + error.what() + why});
  } catch (const std::exception& error) {
    errors_.push_back({choice.where, "framing " + in_quotes(type.name) + ": " + error.what()});
  }
  return false;
}

}  // namespace netkit
