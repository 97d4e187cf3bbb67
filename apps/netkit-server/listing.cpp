#include "listing.h"

#include <algorithm>
#include <string>
#include <vector>

namespace netkit {
namespace {

const char* to_string(OptionType type) {
  switch (type) {
    case OptionType::flag:
      return "true|false";
    case OptionType::integer:
      return "number";
    case OptionType::size:
      return "size";
    case OptionType::duration:
      return "duration";
    case OptionType::rate:
      return "rate";
    case OptionType::byte_rate:
      return "rate of bytes";
    case OptionType::text:
      return "text";
    case OptionType::choice:
      return "choice";
    case OptionType::path:
      return "path";
    case OptionType::texts:
      return "list of texts";
    case OptionType::table:
      return "names with lists";
    case OptionType::user:
      return "user";
    case OptionType::group:
      return "group";
    case OptionType::framing:
      return "framing";
    case OptionType::target:
      return "target";
    case OptionType::targets:
      return "names with targets";
  }
  return "";
}

std::string value_text(const OptionSpec& spec) {
  if (spec.type != OptionType::choice) return to_string(spec.type);
  std::string text;
  for (const std::string& choice : spec.choices) text += (text.empty() ? "" : "|") + choice;
  return text;
}

std::string default_text(const OptionSpec& spec) {
  if (spec.required) return " (required)";
  return spec.fallback.empty() ? "" : " (" + spec.fallback + ")";
}

void print_options(const std::vector<OptionSpec>& options, std::ostream& out) {
  std::size_t width = 0;
  for (const OptionSpec& spec : options) width = std::max(width, spec.name.size() + 3 + value_text(spec).size());
  for (const OptionSpec& spec : options) {
    const std::string left = spec.name + " = " + value_text(spec);
    out << "    " << left << std::string(width - left.size() + 2, ' ') << spec.help << default_text(spec) << '\n';
  }
}

template <class Type>
void print_type(const char* kind, const Type& type, const char* note, std::ostream& out) {
  out << kind << ' ' << type.name << ": " << type.help << note << '\n';
  print_options(type.options, out);
  out << '\n';
}

}  // namespace

void print_types(const TypeRegistry& registry, std::ostream& out) {
  for (const auto& [name, type] : registry.handlers()) {
    print_type("handler", type, type.needs_stream ? " (not on UDP)" : "", out);
  }
  for (const auto& [name, type] : registry.filters()) print_type("filter", type, "", out);
  for (const auto& [name, type] : registry.framings()) {
    print_type("framing", type, type.needs_datagrams ? " (UDP only)" : "", out);
  }
}

}  // namespace netkit
