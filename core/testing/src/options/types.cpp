#include "netkit/testing/types.h"

#include <stdexcept>

#include "config/values/option_value.h"
#include "plugin/codec_maker.h"
#include "plugin/max_option.h"

namespace netkit::testing {
namespace {

template <class Type>
void insert(std::map<std::string, Type>& types, Type type, const char* kind) {
  const std::string name = type.name;
  if (types.emplace(name, std::move(type)).second) return;
  throw std::invalid_argument(std::string(kind) + " '" + name + "' is added twice");
}

template <class Type>
const Type& find(const std::map<std::string, Type>& types, const std::string& name, const char* kind) {
  const auto found = types.find(name);
  if (found == types.end()) throw std::invalid_argument(std::string("there is no ") + kind + " '" + name + "'");
  return found->second;
}

void set_from_text(const std::vector<OptionSpec>& specs, const std::string& name, const std::string& text,
                   Options& options) {
  const OptionSpec* spec = find_spec(specs, name);
  if (spec == nullptr) throw std::invalid_argument("there is no option '" + name + "'");
  try {
    options.set(name, parse_option(*spec, text));
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("option '" + name + "': " + error.what());
  }
}

}  // namespace

Types::Types(const Enroll& enroll) { enroll(*this); }

void Types::add(HandlerType type) { insert(handlers_, std::move(type), "handler"); }
void Types::add(FilterType type) { insert(filters_, std::move(type), "filter"); }
void Types::add(FramingType type) {
  add_max_option(type);
  insert(framings_, std::move(type), "framing");
}

const HandlerType& Types::handler(const std::string& name) const { return find(handlers_, name, "handler"); }
const FilterType& Types::filter(const std::string& name) const { return find(filters_, name, "filter"); }
const FramingType& Types::framing(const std::string& name) const { return find(framings_, name, "framing"); }

Options make_options(const std::vector<OptionSpec>& specs, const Settings& settings, Options more) {
  for (const auto& [name, text] : settings) set_from_text(specs, name, text, more);
  fill_defaults(specs, more);
  for (const OptionSpec& spec : specs) {
    if (spec.required && !more.has(spec.name)) throw std::invalid_argument("option '" + spec.name + "' is missing");
  }
  return more;
}

Framing make_framing(const Enroll& enroll, const std::string& name, const Settings& settings) {
  const FramingType type = framing_type(enroll, name);
  const Options options = make_options(type.options, settings);
  const Direction both{type, options};
  return netkit::make_framing(both, both);
}

FramingType framing_type(const Enroll& enroll, const std::string& name) { return Types(enroll).framing(name); }

}  // namespace netkit::testing
