#include "config/values/expectation.h"

#include <cstdint>
#include <stdexcept>

#include "base/nearest.h"
#include "config/values/units.h"

namespace netkit {
namespace {

/// " from 1 to 8", " of at least 1" or nothing, for the types that have a range.
std::string range_text(const OptionSpec& spec) {
  const std::string least = format_number(spec.type, spec.least);
  if (spec.most != INT64_MAX) return " from " + least + " to " + format_number(spec.type, spec.most);
  return spec.least == 0 && spec.type != OptionType::integer ? std::string() : " of at least " + least;
}

}  // namespace

std::string expectation(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::flag:
      return "true or false";
    case OptionType::integer:
      return "a whole number" + range_text(spec);
    case OptionType::size:
      return "a size" + range_text(spec) + ", in bytes or with KiB, MiB or GiB";
    case OptionType::duration:
      return "a duration" + range_text(spec) + ", with us, ms, s, min or h";
    case OptionType::rate:
      return "a rate, such as 200/s, 30/min or 5/h";
    case OptionType::byte_rate:
      return "a rate of bytes, such as 10MiB/s, 64KiB/min or 5000/h";
    case OptionType::choice:
      return "one of " + join(spec.choices);
    case OptionType::text:
      return "a string";
    case OptionType::path:
      return "a path";
    case OptionType::texts:
      return "a list of strings";
    case OptionType::table:
      return "names, each with a list of strings";
    case OptionType::user:
      return "a user of this machine";
    case OptionType::group:
      return "a group of this machine";
    case OptionType::framing:
      return "the name of a framing, or an object with 'type' and its options";
    case OptionType::target:
      return "an address, or an object with 'address' and its framing";
    case OptionType::targets:
      return "names, each with an address, or an object with 'address' and its framing";
  }
  throw std::logic_error("unknown option type");
}

}  // namespace netkit
