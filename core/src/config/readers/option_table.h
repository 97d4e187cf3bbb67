#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "config/readers/placed_options.h"
#include "config/syntax/diagnostic.h"
#include "netkit/options.h"

namespace netkit {

/// An option of a config and the member of a `Section` that holds its value.
template <class Section>
struct OptionRow {
  OptionSpec spec;
  /// The value that the member stands for; nothing: the option is unset.
  std::function<std::optional<Options::Value>(const Section&)> get;
  /// Sets the member. Throws std::invalid_argument for a value that fits the spec but cannot be used.
  std::function<void(Section&, const Options::Value&)> set;
};

/// The options of one section of a config, in the order in which they are shown. It says how they are written and where
/// their values go; their defaults are those of a default-constructed `Section`, and stand nowhere else.
template <class Section>
class OptionTable {
 public:
  explicit OptionTable(std::vector<OptionRow<Section>> rows) : rows_(std::move(rows)) {
    for (const OptionRow<Section>& row : rows_) specs_.push_back(row.spec);
  }

  const std::vector<OptionSpec>& specs() const { return specs_; }

  /// Sets the members whose options have a value, leaves the others alone, and reports values that cannot be used.
  void apply(const PlacedOptions& given, Section& section, Diagnostics& errors) const {
    for (const OptionRow<Section>& row : rows_) {
      const std::string& name = row.spec.name;
      if (!given.options.has(name)) continue;
      try {
        row.set(section, given.options.all().at(name));
      } catch (const std::invalid_argument& error) {
        errors.push_back({given.places.at(name), in_quotes(name) + ": " + error.what()});
      }
    }
  }

  /// The options that would make a section equal to this one.
  Options values(const Section& section) const {
    Options options;
    for (const OptionRow<Section>& row : rows_) {
      if (std::optional<Options::Value> value = row.get(section)) options.set(row.spec.name, std::move(*value));
    }
    return options;
  }

 private:
  std::vector<OptionRow<Section>> rows_;
  std::vector<OptionSpec> specs_;
};

template <class Member>
inline constexpr bool is_optional = false;
template <class Value>
inline constexpr bool is_optional<std::optional<Value>> = true;

/// Any number is an integer among options. An empty text stands for an option that is unset, as does no value.
template <class Member>
std::optional<Options::Value> value_of(const Member& member) {
  if constexpr (std::is_same_v<Member, std::string>) {
    if (member.empty()) return std::nullopt;
    return member;
  } else if constexpr (is_optional<Member>) {
    return member ? value_of(*member) : std::nullopt;
  } else if constexpr (std::is_integral_v<Member> && !std::is_same_v<Member, bool>) {
    return static_cast<std::int64_t>(member);
  } else {
    return member;
  }
}

/// The inverse of value_of().
template <class Member>
void assign(Member& member, const Options::Value& value) {
  if constexpr (is_optional<Member>) {
    assign(member.emplace(), value);
  } else if constexpr (std::is_integral_v<Member> && !std::is_same_v<Member, bool>) {
    member = static_cast<Member>(std::get<std::int64_t>(value));
  } else {
    member = std::get<Member>(value);
  }
}

/// Binds an option to a member. `member` is a pointer to it, or a function that returns a reference to it.
template <class Section, class Access>
OptionRow<Section> bind_option(OptionSpec spec, Access member) {
  return {std::move(spec), [member](const Section& section) { return value_of(std::invoke(member, section)); },
          [member](Section& section, const Options::Value& value) { assign(std::invoke(member, section), value); }};
}

/// Binds an option to a member of an enumeration. It is written as to_string() has one of `values`.
template <class Section, class Enum, class Access>
OptionRow<Section> bind_choice(OptionSpec spec, const std::vector<Enum>& values, Access member) {
  spec.type = OptionType::choice;
  for (const Enum value : values) spec.choices.emplace_back(to_string(value));
  const auto get = [member](const Section& section) -> std::optional<Options::Value> {
    return std::string(to_string(std::invoke(member, section)));
  };
  const auto set = [member, values](Section& section, const Options::Value& value) {
    for (const Enum each : values) {
      if (std::get<std::string>(value) == to_string(each)) std::invoke(member, section) = each;
    }
  };
  return {std::move(spec), get, set};
}

}  // namespace netkit
