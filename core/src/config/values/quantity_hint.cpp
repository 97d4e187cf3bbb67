#include "config/values/quantity_hint.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "base/nearest.h"
#include "base/words.h"
#include "config/values/units.h"

namespace netkit {
namespace {

constexpr std::string_view kDigits = "0123456789";

/// What others call a unit, in small letters, and how many of netkit's units that is.
struct Alias {
  std::string_view name;
  std::string_view unit;
  std::int64_t times = 1;
};

constexpr Alias kSizeAliases[] = {{"b", ""},     {"byte", ""},       {"bytes", ""},      {"k", "KiB"},
                                  {"kb", "KiB"}, {"m", "MiB"},       {"mb", "MiB"},      {"g", "GiB"},
                                  {"gb", "GiB"}, {"t", "GiB", 1024}, {"tb", "GiB", 1024}};

constexpr Alias kTimeAliases[] = {
    {"usec", "us"},  {"msec", "ms"},     {"sec", "s"},       {"secs", "s"},     {"second", "s"},    {"seconds", "s"},
    {"m", "min"},    {"mi", "min"},      {"mins", "min"},    {"minute", "min"}, {"minutes", "min"}, {"hr", "h"},
    {"hrs", "h"},    {"hour", "h"},      {"hours", "h"},     {"d", "h", 24},    {"day", "h", 24},   {"days", "h", 24},
    {"w", "h", 168}, {"week", "h", 168}, {"weeks", "h", 168}};

/// Of a rate that counts no bytes.
constexpr Alias kCountAliases[] = {{"r", ""}, {"req", ""}};

std::span<const Alias> aliases_of(OptionType type) {
  if (type == OptionType::size || type == OptionType::byte_rate) return kSizeAliases;
  if (type == OptionType::duration) return kTimeAliases;
  if (type == OptionType::rate) return kCountAliases;
  return {};
}

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return small;
}

/// One of netkit's units, and how many of it the name that was found stands for.
struct MeantUnit {
  const Unit* unit;
  std::int64_t times = 1;
};

std::optional<MeantUnit> find_meant(std::span<const Unit> units, std::span<const Alias> aliases,
                                    std::string_view name) {
  const std::string small = lower(name);
  std::vector<std::string> names;
  for (const Unit& unit : units) {
    if (lower(unit.name) == small) return MeantUnit{&unit};
    names.emplace_back(unit.name);
  }
  for (const Alias& alias : aliases) {
    const Unit* unit = find_unit(units, alias.unit);
    if (alias.name == small && unit != nullptr) return MeantUnit{unit, alias.times};
  }
  const std::string near = nearest(small, names);
  if (near.empty()) return std::nullopt;
  return MeantUnit{find_unit(units, near)};
}

/// Cuts the first `end` characters off `rest`.
std::string_view take(std::string_view& rest, std::size_t end) {
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(taken.size());
  return taken;
}

/// `count` units, a whole number of bytes or nanoseconds below 2^62; nothing else.
std::optional<std::int64_t> product(std::string_view count, const MeantUnit& meant) {
  double number = 0;
  const auto [stopped, error] = std::from_chars(count.data(), count.data() + count.size(), number);
  if (error != std::errc() || stopped != count.data() + count.size()) return std::nullopt;
  const double value = number * static_cast<double>(meant.unit->factor) * static_cast<double>(meant.times);
  if (value != std::floor(value) || value >= 0x1p62) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

/// A number and its unit.
struct Term {
  std::string_view count;
  MeantUnit unit;
  std::int64_t value;
};

/// Takes the next term off `rest`.
std::optional<Term> take_term(std::span<const Unit> units, std::span<const Alias> aliases, std::string_view& rest) {
  const std::string_view count = take(rest, rest.find_first_not_of("0123456789."));
  rest = trim(rest);
  const std::string_view name = trim(take(rest, rest.find_first_of(kDigits)));
  const std::optional<MeantUnit> unit = find_meant(units, aliases, name);
  if (count.empty() || !unit) return std::nullopt;
  const std::optional<std::int64_t> value = product(count, *unit);
  if (!value) return std::nullopt;
  return Term{count, *unit, *value};
}

/// The number as it was written, if its unit can stay.
std::string text_of(OptionType type, const std::vector<Term>& terms) {
  const Term& first = terms.front();
  const bool is_whole = first.count.find('.') == std::string_view::npos;
  if (terms.size() == 1 && is_whole && first.unit.times == 1)
    return std::string(first.count) + std::string(first.unit.unit->name);
  std::int64_t sum = 0;
  for (const Term& term : terms) {
    if (term.unit.unit->name.empty() && terms.size() > 1) return {};  // "1 000" is not 1
    if (__builtin_add_overflow(sum, term.value, &sum)) return {};
  }
  if (type == OptionType::duration && sum % 1000 != 0) return {};
  return format_number(type == OptionType::byte_rate ? OptionType::size : type, sum);
}

}  // namespace

std::string meant_quantity(OptionType type, std::string_view text) {
  std::vector<Term> terms;
  for (std::string_view rest = trim(text); !rest.empty();) {
    const std::optional<Term> term = take_term(units_of(type), aliases_of(type), rest);
    if (!term) return {};
    terms.push_back(*term);
  }
  return terms.empty() ? std::string() : text_of(type, terms);
}

std::string meant_rate(OptionType type, std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const std::optional<MeantUnit> period = find_meant(rate_periods(), kTimeAliases, trim(text.substr(slash + 1)));
  const std::string count = meant_quantity(type, text.substr(0, slash));
  if (!period || period->times != 1 || count.empty()) return {};
  return count + "/" + std::string(period->unit->name);
}

}  // namespace netkit
