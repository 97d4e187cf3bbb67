#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "netkit/options.h"

namespace netkit {

/// A unit of a size or duration, in bytes or nanoseconds.
struct Unit {
  std::string_view name;
  std::int64_t factor;
};

/// The units in which a value of this type may be written, from small to large; one without a name for plain numbers.
std::span<const Unit> units_of(OptionType type);

/// The periods that may stand behind the slash of a rate, in nanoseconds.
std::span<const Unit> rate_periods();

/// Null if no unit has this name.
const Unit* find_unit(std::span<const Unit> units, std::string_view name);

/// An integer, size (bytes) or duration (nanoseconds) in the largest unit that it is a whole number of.
std::string format_number(OptionType type, std::int64_t value);

/// A count, in the largest unit likewise, a slash and the period.
std::string format_rate(OptionType type, const Rate& rate);

}  // namespace netkit
