#include "config/values/units.h"

#include <algorithm>
#include <stdexcept>

namespace netkit {
namespace {

constexpr Unit kSizeUnits[] = {
    {"", 1}, {"KiB", std::int64_t{1} << 10}, {"MiB", std::int64_t{1} << 20}, {"GiB", std::int64_t{1} << 30}};

constexpr Unit kDurationUnits[] = {
    {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"min", 60'000'000'000}, {"h", 3'600'000'000'000}};

constexpr Unit kPeriods[] = {{"s", 1'000'000'000}, {"min", 60'000'000'000}, {"h", 3'600'000'000'000}};

constexpr Unit kNoUnits[] = {{"", 1}};

/// The value in the largest unit that it is a whole number of.
std::string format_quantity(std::int64_t value, std::span<const Unit> units, std::string_view unit_of_zero) {
  if (value == 0) return "0" + std::string(unit_of_zero);
  const auto whole = [&](const Unit& unit) { return value % unit.factor == 0; };
  const auto largest = std::find_if(units.rbegin(), units.rend(), whole);
  if (largest == units.rend()) throw std::logic_error("a duration is no whole number of microseconds");
  return std::to_string(value / largest->factor) + std::string(largest->name);
}

}  // namespace

std::span<const Unit> units_of(OptionType type) {
  if (type == OptionType::size || type == OptionType::byte_rate) return kSizeUnits;
  if (type == OptionType::duration) return kDurationUnits;
  return kNoUnits;
}

std::span<const Unit> rate_periods() { return kPeriods; }

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == name; });
  return found == units.end() ? nullptr : &*found;
}

std::string format_number(OptionType type, std::int64_t value) {
  return format_quantity(value, units_of(type), type == OptionType::duration ? "s" : "");
}

std::string format_rate(OptionType type, const Rate& rate) {
  const auto period = std::find_if(std::begin(kPeriods), std::end(kPeriods),
                                   [&](const Unit& unit) { return unit.factor == rate.period.count(); });
  if (period == std::end(kPeriods)) throw std::logic_error("the period of a rate has no name");
  return format_quantity(rate.count, units_of(type), "") + "/" + std::string(period->name);
}

}  // namespace netkit
