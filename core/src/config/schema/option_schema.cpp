#include "config/schema/option_schema.h"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>

#include "config/values/option_json.h"
#include "config/values/option_value.h"
#include "config/values/units.h"

namespace netkit {
namespace {

/// (KiB|MiB|GiB)?, with the question mark where a number alone will do.
std::string unit_pattern(std::span<const Unit> units) {
  std::string names;
  bool optional = false;
  for (const Unit& unit : units) {
    optional = optional || unit.name.empty();
    if (unit.name.empty()) continue;
    if (!names.empty()) names += "|";
    names += unit.name;
  }
  if (names.empty()) return {};
  return "(" + names + ")" + (optional ? "?" : "");
}

std::string digits_pattern(const OptionSpec& spec) { return spec.least > 0 ? "0*[1-9][0-9]*" : "[0-9]+"; }

/// A number, or a number with a unit.
std::string quantity_pattern(const OptionSpec& spec) {
  const std::string quantity = digits_pattern(spec) + unit_pattern(units_of(spec.type));
  return "^(" + quantity + (spec.least <= 0 ? "|0+" : "") + ")$";
}

std::string rate_pattern(const OptionSpec& spec) {
  const std::string rate =
      digits_pattern(spec) + unit_pattern(units_of(spec.type)) + "/" + unit_pattern(rate_periods());
  return "^(" + rate + (spec.least <= 0 ? "|0" : "") + ")$";
}

Schema range_schema(const OptionSpec& spec) {
  Schema schema = {{"type", "integer"}, {"minimum", spec.least}};
  if (spec.most != INT64_MAX) schema["maximum"] = spec.most;
  return schema;
}

/// A string with a unit, or a number that needs none: any for a size, else only 0.
Schema unit_schema(const OptionSpec& spec, const std::string& pattern) {
  Schema schema = {{"type", "string"}, {"pattern", pattern}};
  if (spec.type == OptionType::size) return {{"anyOf", {range_schema(spec), schema}}};
  if (spec.least > 0) return schema;
  return {{"anyOf", {{{"const", 0}}, schema}}};
}

Schema map_schema(const Schema& value) { return {{"type", "object"}, {"additionalProperties", value}}; }

Schema list_schema(const Schema& item) { return {{"type", "array"}, {"items", item}}; }

}  // namespace

Schema reference(const std::string& definition) { return {{"$ref", "#/definitions/" + definition}}; }

Schema described(const std::string& description, const Schema& schema) {
  Schema whole = {{"description", description}};
  whole.update(schema);
  return whole;
}

Schema pattern_schema(const std::string& pattern, const std::string& description) {
  return {{"description", description}, {"type", "string"}, {"pattern", pattern}};
}

Schema names_schema(const std::vector<std::string>& names) {
  if (names.empty()) return {{"not", Schema::object()}};  // draft-07 has no empty list of names
  return {{"enum", names}};
}

Schema texts_schema(const Schema& item) { return {{"anyOf", {item, list_schema(item)}}}; }

Schema value_schema(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::flag:
      return {{"type", "boolean"}};
    case OptionType::integer:
      return range_schema(spec);
    case OptionType::size:
    case OptionType::duration:
      return unit_schema(spec, quantity_pattern(spec));
    case OptionType::rate:
    case OptionType::byte_rate:
      return unit_schema(spec, rate_pattern(spec));
    case OptionType::choice:
      return names_schema(spec.choices);
    case OptionType::text:
      return {{"type", "string"}};
    case OptionType::path:
    case OptionType::user:
    case OptionType::group:
      return {{"type", "string"}, {"minLength", 1}};
    case OptionType::texts:
      return texts_schema();
    case OptionType::table:
      return map_schema(list_schema({{"type", "string"}}));
    case OptionType::framing:
      return reference(kFramingDefinition);
    case OptionType::target:
      return reference(kTargetDefinition);
    case OptionType::targets:
      return map_schema(reference(kTargetDefinition));
  }
  throw std::logic_error("unknown option type");
}

Schema option_schema(const OptionSpec& spec, const Options& defaults) {
  Schema schema = {{"description", spec.help}};
  const bool is_composed = spec.type == OptionType::framing || spec.type == OptionType::target;
  if (defaults.has(spec.name)) {
    schema["default"] = option_json(spec, defaults.all().at(spec.name));
  } else if (!spec.fallback.empty()) {
    schema["default"] = is_composed ? Schema(spec.fallback) : option_json(spec, parse_option(spec, spec.fallback));
  }
  Schema value = value_schema(spec);
  // The keywords beside a reference are ignored in draft-07.
  if (value.contains("$ref")) value = {{"allOf", Schema::array({std::move(value)})}};
  schema.update(value);
  return schema;
}

Schema object_schema(Schema properties, const std::vector<std::string>& required) {
  Schema schema = {{"type", "object"}};
  if (!required.empty()) schema["required"] = required;
  schema["properties"] = std::move(properties);
  schema["additionalProperties"] = false;
  return schema;
}

Schema properties_of(const std::vector<OptionSpec>& specs, const Options& defaults) {
  Schema properties = Schema::object();
  for (const OptionSpec& spec : specs) properties[spec.name] = option_schema(spec, defaults);
  return properties;
}

std::vector<std::string> required_of(const std::vector<OptionSpec>& specs) {
  std::vector<std::string> names;
  for (const OptionSpec& spec : specs) {
    if (spec.required) names.push_back(spec.name);
  }
  return names;
}

}  // namespace netkit
