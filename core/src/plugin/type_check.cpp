#include "plugin/type_check.h"

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/values/option_value.h"

namespace netkit {
namespace {

/// The type is complete and has a maker; `name` says which it is.
class TypeCheck {
 public:
  TypeCheck(const char* kind, const std::string& name) : whose_(std::string(kind) + " '" + name + "': ") {
    if (name.empty()) throw std::invalid_argument(std::string("a ") + kind + " has no name");
  }

  void require(bool there, const char* what) const {
    if (!there) throw std::invalid_argument(whose_ + "has no " + what);
  }

  void options(const std::vector<OptionSpec>& specs) const {
    std::set<std::string> names;
    for (const OptionSpec& spec : specs) {
      if (spec.name.empty()) throw std::invalid_argument(whose_ + "an option has no name");
      const std::string option = whose_ + "option '" + spec.name + "' ";
      if (spec.name == "type") throw std::invalid_argument(option + "cannot be: in a config that is the type's name");
      if (!names.insert(spec.name).second) throw std::invalid_argument(option + "is published twice");
      if (spec.least > spec.most) throw std::invalid_argument(option + "has a range without a value");
      fallback(option, spec);
    }
  }

 private:
  static void fallback(const std::string& option, const OptionSpec& spec) {
    if (spec.fallback.empty() || !has_checkable_text(spec.type)) return;
    try {
      parse_option(spec, spec.fallback);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(option + "has a default that does not fit: " + error.what());
    }
  }

  /// Users and groups differ from machine to machine; the others are no plain text.
  static bool has_checkable_text(OptionType type) {
    switch (type) {
      case OptionType::table:
      case OptionType::user:
      case OptionType::group:
      case OptionType::framing:
      case OptionType::target:
      case OptionType::targets:
        return false;
      default:
        return true;
    }
  }

  const std::string whose_;
};

}  // namespace

void check_type(const HandlerType& type) {
  const TypeCheck check("handler", type.name);
  check.require(static_cast<bool>(type.make), "'make'");
  check.options(type.options);
}

void check_type(const FilterType& type) {
  const TypeCheck check("filter", type.name);
  check.require(static_cast<bool>(type.make), "'make'");
  check.options(type.options);
}

void check_type(const FramingType& type) {
  const TypeCheck check("framing", type.name);
  check.require(type.codec || (type.decoder && type.encoder), "'codec', nor 'decoder' and 'encoder'");
  check.options(type.options);
}

}  // namespace netkit
