#include "config/schema/type_schemas.h"

#include <map>
#include <string>
#include <utility>

#include "config/readers/target_reader.h"

namespace netkit {
namespace {

constexpr const char* kTypeMember = "type";  // names the handler, filter or framing

template <class Type>
std::vector<std::string> names_of(const std::map<std::string, Type>& types) {
  std::vector<std::string> names;
  names.reserve(types.size());
  for (const auto& [name, type] : types) names.push_back(name);
  return names;
}

/// Those that a name alone will do for.
template <class Type>
std::vector<std::string> names_without_requirements(const std::map<std::string, Type>& types) {
  std::vector<std::string> names;
  for (const auto& [name, type] : types) {
    if (required_of(type.options).empty()) names.push_back(name);
  }
  return names;
}

template <class Type>
Schema options_schema(const Type& type) {
  Schema properties = {{kTypeMember, {{"const", type.name}}}};
  properties.update(properties_of(type.options));
  std::vector<std::string> required = required_of(type.options);
  required.insert(required.begin(), kTypeMember);
  return described(type.help, object_schema(std::move(properties), required));
}

std::string definition_of(const std::string& kind, const std::string& name) { return kind + "-" + name; }

/// An object whose `type` decides what else it has.
template <class Type>
Schema object_of_type(const std::string& kind, const std::map<std::string, Type>& types) {
  Schema rules = Schema::array();
  for (const auto& [name, type] : types) {
    rules.push_back(
        {{"if", {{"properties", {{kTypeMember, {{"const", name}}}}}}}, {"then", reference(definition_of(kind, name))}});
  }
  const Schema known = described("which " + kind, names_schema(names_of(types)));
  Schema schema = {{"type", "object"}, {"required", {kTypeMember}}, {"properties", {{kTypeMember, known}}}};
  if (!rules.empty()) schema["allOf"] = std::move(rules);
  return schema;
}

/// Adds a definition for each type; returns the schema of a value that names one of them.
template <class Type>
Schema define(const std::string& kind, const std::map<std::string, Type>& types, Schema& definitions) {
  for (const auto& [name, type] : types) definitions[definition_of(kind, name)] = options_schema(type);
  return {{"anyOf", {names_schema(names_without_requirements(types)), object_of_type(kind, types)}}};
}

/// One framing for both directions, or one for each.
Schema framing_schema(const Schema& single) {
  const Schema has_direction = {{"anyOf", {{{"required", {"in"}}}, {{"required", {"out"}}}}}};
  return {{"if", {{"type", "object"}, {"anyOf", has_direction.at("anyOf")}}},
          {"then", object_schema({{"in", described("of what netkit, or the program, receives", single)},
                                  {"out", described("of what it sends", single)}},
                                 {"in", "out"})},
          {"else", single}};
}

Schema target_schema() {
  Schema tls = described("how the target's certificate is checked; only with transport tls",
                         section_schema(target_tls_options()));
  tls["dependencies"] = {{"key", {"certificate"}}};
  Schema properties = {{"address", {{"description", "HOST:PORT, or the path of a Unix socket"}, {"type", "string"}}}};
  properties.update(properties_of(target_options()));
  // What it is without the key depends on the address.
  properties["transport"].erase("default");
  properties["tls"] = std::move(tls);
  properties["framing"] = {{"description", "in: what the target sends"},
                           {"allOf", Schema::array({reference(kFramingDefinition)})}};
  return {{"anyOf", {{{"type", "string"}, {"minLength", 1}}, object_schema(std::move(properties), {"address"})}}};
}

}  // namespace

Schema any_of_types(const std::vector<std::string>& names) {
  const Schema names_one = names_schema(names);
  return {{"anyOf",
           {names_one, {{"type", "object"}, {"required", {kTypeMember}}, {"properties", {{kTypeMember, names_one}}}}}}};
}

Schema type_definitions(const TypeRegistry& registry) {
  Schema definitions = Schema::object();
  definitions["handler"] = define("handler", registry.handlers(), definitions);
  definitions["filter"] = define("filter", registry.filters(), definitions);
  definitions[kFramingDefinition] = framing_schema(define("framing", registry.framings(), definitions));
  definitions[kTargetDefinition] = target_schema();
  return definitions;
}

}  // namespace netkit
