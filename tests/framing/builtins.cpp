#include "framing/builtins.h"

#include <memory>
#include <stdexcept>

#include "framing/builtin.h"
#include "plugin/registry.h"

namespace netkit::testing {

const FramingType& builtin_type(const std::string& name) {
  static const auto registry = [] {
    auto made = std::make_unique<TypeRegistry>();
    add_builtin_framings(*made);
    return made;
  }();
  const FramingType* type = registry->framing(name);
  if (type == nullptr) throw std::invalid_argument("no framing " + name);
  return *type;
}

std::string option_error(const std::string& name, const Settings& settings) {
  try {
    builtin(name, settings);
  } catch (const OptionError& error) {
    return error.option() + ": " + error.what();
  }
  return "";
}

}  // namespace netkit::testing
