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
#include "config/values/expectation.h"
#include "config/values/quantity_hint.h"
#include "config/values/units.h"

namespace netkit {
namespace {

[[noreturn]] void refuse(const OptionSpec& spec, const std::string& text, const std::string& hint = "") {
  throw std::invalid_argument("found " + in_quotes(text) + ", expected " + expectation(spec) + hint);
}

/// Asks whether `meant` was meant, if that is anything.
std::string question(const std::string& meant) { return meant.empty() ? meant : "; did you mean '" + meant + "'?"; }

/// Parses a whole number followed by the name of a unit.
std::int64_t parse_quantity(const OptionSpec& spec, const std::string& text) {
  const std::span<const Unit> units = units_of(spec.type);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view name = std::string_view(text).substr(digits);
  std::int64_t count = 0;
  const bool fits = std::from_chars(text.data(), text.data() + digits, count).ec == std::errc();
  if (fits && count == 0 && name.empty() && spec.least <= 0) return 0;  // 0 needs no unit
  const Unit* unit = find_unit(units, name);
  if (digits == 0 || unit == nullptr) refuse(spec, text, question(meant_quantity(spec.type, text)));
  std::int64_t value = 0;
  if (!fits || __builtin_mul_overflow(count, unit->factor, &value)) refuse(spec, text, "; it does not fit in 64 bits");
  if (value < spec.least || value > spec.most) refuse(spec, text);
  return value;
}

/// Parses a quantity, a slash and the name of a period. 0 alone is no limit.
Rate parse_rate(const OptionSpec& spec, const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) {
    if (text == "0" && spec.least <= 0) return {};
    refuse(spec, text);
  }
  const Unit* period = find_unit(rate_periods(), std::string_view(text).substr(slash + 1));
  const std::string written = text.substr(0, slash);
  const std::size_t digits = std::min(written.find_first_not_of("0123456789"), written.size());
  const Unit* unit = find_unit(units_of(spec.type), std::string_view(written).substr(digits));
  if (period == nullptr || unit == nullptr || digits == 0) refuse(spec, text, question(meant_rate(spec.type, text)));
  Rate rate{0, std::chrono::nanoseconds(period->factor)};
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
  refuse(spec, text, question(nearest(text, spec.choices)));
}

const std::string& parse_account(const OptionSpec& spec, const std::string& text, bool (*exists)(const std::string&),
                                 std::vector<std::string> (*names)()) {
  if (exists(text)) return text;
  refuse(spec, text, question(nearest(text, names())));
}

[[noreturn]] void fail_table(const OptionSpec& spec) {
  throw std::invalid_argument("found text, expected " + expectation(spec));
}

}  // namespace

Options::Value parse_option(const OptionSpec& spec, const std::string& text) {
  switch (spec.type) {
    case OptionType::flag:
      return parse_flag(spec, text);
    case OptionType::integer:
      return parse_integer(spec, text);
    case OptionType::size:
      return parse_quantity(spec, text);
    case OptionType::duration:
      return std::chrono::nanoseconds(parse_quantity(spec, text));
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
    case OptionType::framing:
    case OptionType::target:
    case OptionType::targets:
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
    } else if (spec.type == OptionType::targets) {
      options.set(spec.name, Options::Targets());
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
    case OptionType::framing:
    case OptionType::target:
    case OptionType::targets:
      break;
  }
  throw std::logic_error("option '" + spec.name + "' has no text");
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
