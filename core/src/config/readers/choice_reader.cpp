#include "config/readers/choice_reader.h"

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "base/nearest.h"
#include "base/words.h"
#include "config/readers/framing_pair.h"
#include "config/readers/target_reader.h"
#include "config/readers/value_reader.h"
#include "config/values/expectation.h"
#include "config/values/option_value.h"
#include "plugin/codec_maker.h"

namespace netkit {
namespace {

constexpr const char* kType = "type";

bool is_text(const Node& node) { return node.kind == Node::Kind::text || node.kind == Node::Kind::word; }

bool is_composed(OptionType type) {
  return type == OptionType::framing || type == OptionType::target || type == OptionType::targets;
}

/// A framing with the libraries of its types, which stand first, to go last.
struct KeptFraming {
  std::shared_ptr<const PluginLibrary> in;
  std::shared_ptr<const PluginLibrary> out;
  Framing framing;

  Framing wrapped() const {
    return {framing.name(), [kept = *this] { return kept.framing.make(); }, framing.spec(),
            [kept = *this] {
              return KeptFraming{kept.in, kept.out, kept.framing.other_end()}.wrapped();
            }};
  }
};

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

void ChoiceReader::take_options(const Node& node, const std::vector<OptionSpec>& specs, bool may_have_nul,
                                Choice& choice) {
  if (node.kind != Node::Kind::object) {
    Node no_options;
    no_options.kind = Node::Kind::object;
    no_options.where = node.where;
    ObjectReader reader(no_options, folder_, errors_);
    take_members(reader, specs, choice);
    return;
  }
  ObjectReader reader(node, folder_, errors_);
  if (may_have_nul) reader.allow_nul();
  reader.take(kType);
  take_members(reader, specs, choice);
  reader.refuse_rest();
}

void ChoiceReader::take_members(ObjectReader& reader, const std::vector<OptionSpec>& specs, Choice& choice) {
  std::vector<OptionSpec> plain;
  for (const OptionSpec& spec : specs) {
    if (!is_composed(spec.type)) {
      plain.push_back(spec);
      continue;
    }
    const Node* node = spec.required ? reader.require(spec.name, expectation(spec)) : reader.take(spec.name);
    if (node != nullptr) {
      read_composed(spec, *node, choice);
    } else if (!spec.fallback.empty()) {
      read_composed(spec, scalar_node(Node::Kind::word, spec.fallback, choice.where), choice);
    }
  }
  choice.add_missing(reader.take_options(plain));
}

/// Reads an option of a type that names types of plugins itself.
void ChoiceReader::read_composed(const OptionSpec& spec, const Node& node, Choice& choice) {
  if (spec.type == OptionType::targets) return read_targets(spec, node, choice);
  if (spec.type == OptionType::target) {
    if (std::optional<Target> target = read_target(spec, node, spec.name, choice)) {
      choice.set(spec.name, std::move(*target), node.where);
    }
    return;
  }
  auto framing = std::make_shared<FramingChoice>();
  if (!FramingPairReader(*this, folder_, errors_).read(node, {}, {}, *framing)) return;
  choice.set(spec.name, make(*framing), node.where);
  choice.framings[spec.name] = std::move(framing);
}

/// `key` is what its framing is kept by.
std::optional<Target> ChoiceReader::read_target(const OptionSpec& spec, const Node& node, const std::string& key,
                                                Choice& choice) {
  auto framing = std::make_shared<FramingChoice>();
  std::optional<TargetSettings> target = TargetReader(*this, spec, folder_, errors_).read(node, *framing);
  if (!target) return std::nullopt;
  auto settings = std::make_shared<const TargetSettings>(std::move(*target));
  const std::string name = address_text(*settings);
  Framing made = make(*framing);
  choice.framings[key] = std::move(framing);
  return Target(name, std::move(made), std::move(settings));
}

void ChoiceReader::read_targets(const OptionSpec& spec, const Node& node, Choice& choice) {
  if (node.kind != Node::Kind::object) {
    errors_.push_back(
        {node.where, in_quotes(spec.name) + ": found " + found_text(node) + ", expected " + expectation(spec)});
    return;
  }
  Options::Targets targets;
  for (const Member& member : node.members) {
    const OptionSpec one{.name = member.key, .type = OptionType::target};
    if (std::optional<Target> target = read_target(one, member.value, spec.name + "." + member.key, choice)) {
      targets.emplace(member.key, std::move(*target));
    }
  }
  choice.set(spec.name, std::move(targets), node.where);
}

/// The framing keeps its plugins, as the options that it is part of may be kept by anybody.
Framing ChoiceReader::make(const FramingChoice& framing) {
  const KeptFraming kept{loader_.framing_library(framing.in.type), loader_.framing_library(framing.out.type),
                         make_framing({*loader_.framing(framing.in.type), framing.in.options},
                                      {*loader_.framing(framing.out.type), framing.out.options})};
  return kept.wrapped();
}

/// A default may be a relative path too.
void ChoiceReader::make_paths_absolute(const std::vector<OptionSpec>& specs, Options& options) const {
  for (const OptionSpec& spec : specs) {
    if (spec.type != OptionType::path || !options.has(spec.name)) continue;
    options.set(spec.name, absolute_path(options.text(spec.name), folder_));
  }
}

bool ChoiceReader::read_options(const Node& node, const std::vector<OptionSpec>& specs, bool may_have_nul,
                                Choice& choice) {
  const std::size_t errors_before = errors_.size();
  take_options(node, specs, may_have_nul, choice);
  if (errors_.size() != errors_before) return false;
  try {
    fill_defaults(specs, choice.options);
    make_paths_absolute(specs, choice.options);
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
  // What stands on the wire may have any byte.
  constexpr bool kMayHaveNul = std::is_same_v<Type, FramingType>;
  return read_options(node, type->options, kMayHaveNul, choice) ? type : nullptr;
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
