#include "config/framing_spec.h"

#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "config/readers/framing_check.h"
#include "config/values/expectation.h"
#include "config/values/option_value.h"

namespace netkit {
namespace {

/// Splits at the commas that have no backslash before them, and takes the backslashes away.
std::vector<std::string> split_spec(std::string_view spec) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < spec.size(); ++i) {
    const bool escape = spec[i] == '\\' && i + 1 < spec.size() && (spec[i + 1] == ',' || spec[i + 1] == '\\');
    if (escape) {
      parts.back() += spec[++i];
    } else if (spec[i] == ',') {
      parts.emplace_back();
    } else {
      parts.back() += spec[i];
    }
  }
  return parts;
}

const FramingType& find_framing(const std::string& name, PluginLoader& loader) {
  const FramingType* type = nullptr;
  try {
    type = loader.framing(name);
  } catch (const PluginError& error) {
    throw std::invalid_argument(error.what());
  }
  if (type == nullptr) {
    throw std::invalid_argument("unknown framing " + in_quotes(name) + suggest(name, loader.framing_names()));
  }
  return *type;
}

void set_option(const FramingType& type, const std::string& part, Options& options) {
  const std::size_t equals = part.find('=');
  if (equals == std::string::npos) throw std::invalid_argument("found " + in_quotes(part) + ", expected option=value");
  const std::string name = part.substr(0, equals);
  const OptionSpec* spec = find_spec(type.options, name);
  if (spec == nullptr) {
    throw std::invalid_argument("unknown option " + in_quotes(name) + suggest(name, spec_names(type.options)));
  }
  if (options.has(name)) throw std::invalid_argument("option '" + name + "' is given twice");
  try {
    options.set(name, parse_option(*spec, part.substr(equals + 1)));
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("option '" + name + "': " + error.what());
  }
}

void require_options(const FramingType& type, const Options& options) {
  for (const OptionSpec& spec : type.options) {
    if (spec.required && !options.has(spec.name)) {
      throw std::invalid_argument("option '" + spec.name + "' is missing, expected " + expectation(spec));
    }
  }
}

}  // namespace

Choice parse_framing_spec(const std::string& spec, PluginLoader& loader) {
  const std::vector<std::string> parts = split_spec(spec);
  const FramingType& type = find_framing(parts.front(), loader);
  Choice choice;
  choice.type = type.name;
  try {
    for (std::size_t i = 1; i < parts.size(); ++i) set_option(type, parts[i], choice.options);
    require_options(type, choice.options);
    fill_defaults(type.options, choice.options);
    try_framing(type, choice.options, Directions::both);
  } catch (const OptionError& error) {
    throw std::invalid_argument("framing '" + type.name + "': option '" + error.option() + "': " + error.what());
  } catch (const std::exception& error) {
    throw std::invalid_argument("framing '" + type.name + "': " + error.what());
  }
  return choice;
}

}  // namespace netkit
