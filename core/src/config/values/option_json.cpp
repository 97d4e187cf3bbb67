#include "config/values/option_json.h"

#include <cstdint>
#include <string>
#include <vector>

#include "config/values/option_value.h"

namespace netkit {

nlohmann::ordered_json option_json(const OptionSpec& spec, const Options::Value& value) {
  switch (spec.type) {
    case OptionType::flag:
      return std::get<bool>(value);
    case OptionType::integer:
      return std::get<std::int64_t>(value);
    case OptionType::texts:
      return std::get<std::vector<std::string>>(value);
    case OptionType::table:
      return std::get<Options::Table>(value);
    default:
      return format_option(spec, value);
  }
}

}  // namespace netkit
