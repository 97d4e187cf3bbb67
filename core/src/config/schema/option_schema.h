#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/readers/option_table.h"
#include "netkit/options.h"

namespace netkit {

/// A JSON Schema, or a part of one, with its keywords in the order in which they are printed.
using Schema = nlohmann::ordered_json;

/// The definitions of a schema that the values of some option types refer to.
inline constexpr const char* kFramingDefinition = "framing";
inline constexpr const char* kTargetDefinition = "target";

/// Refers to a definition of the same schema.
Schema reference(const std::string& definition);

/// The same schema with a description in front.
Schema described(const std::string& description, const Schema& schema);

/// The values that an option takes. A schema can tell the least and the most of a number, but of a value with a unit
/// only whether it may be 0.
Schema value_schema(const OptionSpec& spec);

/// The same with the option's help and default. An option without a value among `defaults` has the default of its spec.
Schema option_schema(const OptionSpec& spec, const Options& defaults = {});

/// Strings that match a regular expression (ECMA 262).
Schema pattern_schema(const std::string& pattern, const std::string& description);

/// One of these strings.
Schema names_schema(const std::vector<std::string>& names);

/// One string, or a list of strings that `item` is the schema of.
Schema texts_schema(const Schema& item = {{"type", "string"}});

/// An object with these members and no others.
Schema object_schema(Schema properties, const std::vector<std::string>& required = {});

/// The schemas of options, by their names.
Schema properties_of(const std::vector<OptionSpec>& specs, const Options& defaults = {});

/// The names of those that must be there.
std::vector<std::string> required_of(const std::vector<OptionSpec>& specs);

/// The schemas of the options of a section, with the defaults that `section` has.
template <class Section>
Schema properties_of(const OptionTable<Section>& table, const Section& section = {}) {
  return properties_of(table.specs(), table.values(section));
}

/// An object that has the options of a section and nothing else.
template <class Section>
Schema section_schema(const OptionTable<Section>& table, const Section& section = {}) {
  return object_schema(properties_of(table, section), required_of(table.specs()));
}

}  // namespace netkit
