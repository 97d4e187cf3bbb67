#include "config/values/option_value.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "base/nearest.h"
#include "base/words.h"
#include "config/values/accounts.h"

namespace netkit {
namespace {

/// A unit of a size or duration, in bytes or nanoseconds. Tables go from small to large.
struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr Unit kSizeUnits[] = {
    {"", 1}, {"KiB", std::int64_t{1} << 10}, {"MiB", std::int64_t{1} << 20}, {"GiB", std::int64_t{1} << 30}};

constexpr Unit kDurationUnits[] = {
    {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"min", 60'000'000'000}, {"h", 3'600'000'000'000}};

/// What a rate may be told for, in nanoseconds.
constexpr Unit kPeriods[] = {{"s", 1'000'000'000}, {"min", 60'000'000'000}, {"h", 3'600'000'000'000}};

constexpr Unit kNoUnits[] = {{"", 1}};

[[noreturn]] void refuse(const OptionSpec& spec, const std::string& text, const std::string& hint = "") {
  throw std::invalid_argument("found " + in_quotes(text) + ", expected " + expectation(spec) + hint);
}

std::vector<std::string> unit_names(std::span<const Unit> units) {
  std::vector<std::string> names;
  for (const Unit& unit : units) {
    if (!unit.name.empty()) names.emplace_back(unit.name);
  }
  return names;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == name; });
  return found == units.end() ? nullptr : &*found;
}

std::string near_unit(std::span<const Unit> units, std::string_view name) {
  const std::string near = nearest(name, unit_names(units));
  return near.empty() ? std::string() : "; did you mean '" + near + "'?";
}

/// A whole number followed by a unit's name.
std::int64_t parse_quantity(const OptionSpec& spec, const std::string& text, std::span<const Unit> units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0) refuse(spec, text);
  const std::string_view name = std::string_view(text).substr(digits);
  std::int64_t count = 0;
  const bool fits = std::from_chars(text.data(), text.data() + digits, count).ec == std::errc();
  if (fits && count == 0 && name.empty() && spec.least <= 0) return 0;  // nothing needs no unit
  const Unit* unit = find_unit(units, name);
  if (unit == nullptr) refuse(spec, text, near_unit(units, name));
  std::int64_t value = 0;
  if (!fits || __builtin_mul_overflow(count, unit->factor, &value)) refuse(spec, text, "; it does not fit in 64 bits");
  if (value < spec.least || value > spec.most) refuse(spec, text);
  return value;
}

std::span<const Unit> units_of_count(OptionType type) {
  if (type == OptionType::byte_rate) return kSizeUnits;
  return kNoUnits;
}

/// A quantity, a slash, the name of a period; 0 alone is no limit.
Rate parse_rate(const OptionSpec& spec, const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) {
    if (text == "0" && spec.least <= 0) return {};
    refuse(spec, text);
  }
  const std::string_view period_name = std::string_view(text).substr(slash + 1);
  const Unit* period = find_unit(kPeriods, period_name);
  if (period == nullptr) refuse(spec, text, near_unit(kPeriods, period_name));
  const std::string written = text.substr(0, slash);
  const std::size_t digits = std::min(written.find_first_not_of("0123456789"), written.size());
  const Unit* unit = find_unit(units_of_count(spec.type), std::string_view(written).substr(digits));
  Rate rate{0, std::chrono::nanoseconds(period->factor)};
  if (digits == 0 || unit == nullptr) refuse(spec, text);
  if (std::from_chars(written.data(), written.data() + digits, rate.count).ec != std::errc() ||
      __builtin_mul_overflow(rate.count, unit->factor, &rate.count) || rate.count > spec.most) {
    refuse(spec, text, "; it is too large");
  }
  if (rate.count < spec.least) refuse(spec, text);
  return rate;
}

std::int64_t parse_integer(const OptionSpec& spec, const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || value < spec.least || value > spec.most) refuse(spec, text);
  return value;
}

bool parse_flag(const OptionSpec& spec, const std::string& text) {
  if (text != "true" && text != "false") refuse(spec, text);
  return text == "true";
}

const std::string& parse_choice(const OptionSpec& spec, const std::string& text) {
  if (std::find(spec.choices.begin(), spec.choices.end(), text) != spec.choices.end()) return text;
  const std::string near = nearest(text, spec.choices);
  refuse(spec, text, near.empty() ? std::string() : "; did you mean '" + near + "'?");
}

const std::string& parse_account(const OptionSpec& spec, const std::string& text, bool (*exists)(const std::string&),
                                 std::vector<std::string> (*names)()) {
  if (exists(text)) return text;
  const std::string near = nearest(text, names());
  refuse(spec, text, near.empty() ? std::string() : "; did you mean '" + near + "'?");
}

/// The value in the largest unit that it is a whole number of.
std::string format_quantity(std::int64_t value, std::span<const Unit> units, std::string_view unit_of_zero) {
  if (value == 0) return "0" + std::string(unit_of_zero);
  const auto whole = [&](const Unit& unit) { return value % unit.factor == 0; };
  const auto largest = std::find_if(units.rbegin(), units.rend(), whole);
  if (largest == units.rend()) throw std::logic_error("a duration is no whole number of microseconds");
  return std::to_string(value / largest->factor) + std::string(largest->name);
}

std::string format_rate(OptionType type, const Rate& rate) {
  const auto period = std::find_if(std::begin(kPeriods), std::end(kPeriods),
                                   [&](const Unit& unit) { return unit.factor == rate.period.count(); });
  if (period == std::end(kPeriods)) throw std::logic_error("the period of a rate has no name");
  return format_quantity(rate.count, units_of_count(type), "") + "/" + std::string(period->name);
}

std::string format_number(OptionType type, std::int64_t value) {
  if (type == OptionType::size) return format_quantity(value, kSizeUnits, "");
  if (type == OptionType::duration) return format_quantity(value, kDurationUnits, "s");
  return std::to_string(value);
}

/// " from 1 to 8", " of at least 1" or nothing, for the types that have a range.
std::string range_text(const OptionSpec& spec) {
  const std::string least = format_number(spec.type, spec.least);
  if (spec.most != INT64_MAX) return " from " + least + " to " + format_number(spec.type, spec.most);
  return spec.least == 0 && spec.type != OptionType::integer ? std::string() : " of at least " + least;
}

[[noreturn]] void fail_table(const OptionSpec& spec) {
  throw std::invalid_argument("found text, expected " + expectation(spec));
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
  }
  throw std::logic_error("unknown option type");
}

Options::Value parse_option(const OptionSpec& spec, const std::string& text) {
  switch (spec.type) {
    case OptionType::flag:
      return parse_flag(spec, text);
    case OptionType::integer:
      return parse_integer(spec, text);
    case OptionType::size:
      return parse_quantity(spec, text, kSizeUnits);
    case OptionType::duration:
      return std::chrono::nanoseconds(parse_quantity(spec, text, kDurationUnits));
    case OptionType::rate:
    case OptionType::byte_rate:
      return parse_rate(spec, text);
    case OptionType::choice:
      return parse_choice(spec, text);
    case OptionType::text:
    case OptionType::path:
      return text;
    case OptionType::texts:
      return split_list(text);
    case OptionType::table:
      fail_table(spec);
    case OptionType::user:
      return parse_account(spec, text, is_user, user_names);
    case OptionType::group:
      return parse_account(spec, text, is_group, group_names);
  }
  throw std::logic_error("unknown option type");
}

void fill_defaults(const std::vector<OptionSpec>& specs, Options& options) {
  for (const OptionSpec& spec : specs) {
    if (options.has(spec.name)) continue;
    if (spec.type == OptionType::table) {
      options.set(spec.name, Options::Table());
    } else if (!spec.fallback.empty()) {
      try {
        options.set(spec.name, parse_option(spec, spec.fallback));
      } catch (const std::invalid_argument& error) {
        throw std::logic_error("the default of option '" + spec.name + "': " + error.what());
      }
    } else if (spec.type == OptionType::texts) {
      options.set(spec.name, std::vector<std::string>());
    }
  }
}

std::string format_option(const OptionSpec& spec, const Options::Value& value) {
  switch (spec.type) {
    case OptionType::flag:
      return std::get<bool>(value) ? "true" : "false";
    case OptionType::integer:
    case OptionType::size:
      return format_number(spec.type, std::get<std::int64_t>(value));
    case OptionType::duration:
      return format_number(spec.type, std::get<std::chrono::nanoseconds>(value).count());
    case OptionType::rate:
    case OptionType::byte_rate:
      return format_rate(spec.type, std::get<Rate>(value));
    case OptionType::choice:
    case OptionType::text:
    case OptionType::path:
    case OptionType::user:
    case OptionType::group:
      return std::get<std::string>(value);
    case OptionType::texts:
      return format_list(std::get<std::vector<std::string>>(value));
    case OptionType::table:
      break;
  }
  throw std::logic_error("option '" + spec.name + "' is a table, which has no text");
}

const OptionSpec* find_spec(const std::vector<OptionSpec>& specs, const std::string& name) {
  const auto found =
      std::find_if(specs.begin(), specs.end(), [&](const OptionSpec& spec) { return spec.name == name; });
  return found == specs.end() ? nullptr : &*found;
}

std::vector<std::string> spec_names(const std::vector<OptionSpec>& specs) {
  std::vector<std::string> names;
  names.reserve(specs.size());
  for (const OptionSpec& spec : specs) names.push_back(spec.name);
  return names;
}

}  // namespace netkit
