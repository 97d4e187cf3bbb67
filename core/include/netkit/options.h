#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "netkit/export.h"
#include "netkit/framing.h"
#include "netkit/upstream.h"

namespace netkit {

/// How an option is written in a config, and what Options gives for it.
enum class OptionType : std::uint8_t {
  flag,       ///< true or false -> flag()
  integer,    ///< a whole number -> integer()
  size,       ///< bytes, with KiB, MiB, GiB -> size()
  duration,   ///< with us, ms, s, min, h -> duration()
  rate,       ///< how often: 200/s, 30/min, 5/h -> rate()
  byte_rate,  ///< bytes, with KiB, MiB, GiB, for a time: 10MiB/s -> rate()
  text,       ///< any string -> text()
  choice,     ///< one of `choices` -> text()
  path,       ///< a path, made absolute against the config file's folder, the default too -> text()
  texts,      ///< a list of strings -> texts()
  table,      ///< names, each with a list of strings -> table()
  user,       ///< the name of a user of this machine -> text(); see account.h
  group,      ///< the name of a group of this machine -> text()
  framing,    ///< a framing, as a listener has it -> framing()
  target,     ///< where an onward connection goes to: {"address": ..., "framing": ...} -> target()
  targets,    ///< names, each with a target -> targets()
};

/// So many in so much time. 0: no limit.
struct Rate {
  std::int64_t count = 0;                                     ///< Times, or bytes.
  std::chrono::nanoseconds period = std::chrono::seconds(1);  ///< More than 0.

  bool operator==(const Rate&) const = default;
};

/// One option as a plugin publishes it. The config reader checks against it, `--list-plugins` prints it.
struct OptionSpec {
  std::string name{};                  ///< As a config has it.
  OptionType type = OptionType::text;  ///< What it takes.
  std::string fallback{};  ///< The default as a config would write it; empty: unset (lists, tables and targets: empty).
  std::string help{};      ///< One line, no full stop.
  bool required = false;   ///< A config without it is refused.
  std::vector<std::string> choices{};  ///< For OptionType::choice.
  std::int64_t least = 0;              ///< Smallest integer, size (bytes), duration (nanoseconds) or count of a rate.
  std::int64_t most = INT64_MAX;       ///< Largest, likewise.
};

/// A value that fits its OptionSpec but cannot be used: a folder that is not there, two options at odds. Thrown while
/// a handler or codec is made, with the name of a published option, reported at the option's place in the config.
class NETKIT_EXPORT OptionError : public std::invalid_argument {
 public:
  /// `what` is a whole sentence; the place of the option in the config is put in front.
  OptionError(std::string option, const std::string& what) : std::invalid_argument(what), option_(std::move(option)) {}
  /// Its name.
  const std::string& option() const { return option_; }

 private:
  std::string option_;
};

/// A plugin asks for an option that has no value, mostly because it does not publish it, or by the wrong type: a bug in
/// the plugin.
class NETKIT_EXPORT OptionMisuse : public std::logic_error {
 public:
  /// `what` goes on from the option's name.
  OptionMisuse(std::string option, const std::string& what)
      : std::logic_error("option '" + option + "' " + what), option_(std::move(option)) {}
  /// Its name.
  const std::string& option() const { return option_; }

 private:
  std::string option_;
};

/// The options of one handler or framing: checked against their specs, defaults filled in. Asking for an option that
/// has no value, or by the wrong type, throws OptionMisuse.
class Options {
 public:
  /// Of OptionType::table.
  using Table = std::map<std::string, std::vector<std::string>>;
  /// Of OptionType::targets.
  using Targets = std::map<std::string, Target>;
  /// Of any type.
  using Value = std::variant<bool, std::int64_t, std::chrono::nanoseconds, std::string, std::vector<std::string>, Table,
                             Rate, Framing, Target, Targets>;

  /// For whoever reads options, and for tests. Replaces what is there.
  void set(std::string name, Value value) { values_.insert_or_assign(std::move(name), std::move(value)); }
  /// False for an option that is unset and has no default, or that does not exist.
  bool has(const std::string& name) const { return values_.contains(name); }
  /// All that have a value, by name.
  const std::map<std::string, Value>& all() const { return values_; }

  /// The value of an option; OptionType says which function is for which type. Sizes are in bytes.
  /// @{
  bool flag(const std::string& name) const { return get<bool>(name); }
  std::int64_t integer(const std::string& name) const { return get<std::int64_t>(name); }
  std::uint64_t size(const std::string& name) const { return static_cast<std::uint64_t>(get<std::int64_t>(name)); }
  std::chrono::nanoseconds duration(const std::string& name) const { return get<std::chrono::nanoseconds>(name); }
  Rate rate(const std::string& name) const { return get<Rate>(name); }
  const std::string& text(const std::string& name) const { return get<std::string>(name); }
  const std::vector<std::string>& texts(const std::string& name) const { return get<std::vector<std::string>>(name); }
  const Table& table(const std::string& name) const { return get<Table>(name); }
  const Framing& framing(const std::string& name) const { return get<Framing>(name); }
  const Target& target(const std::string& name) const { return get<Target>(name); }
  const Targets& targets(const std::string& name) const { return get<Targets>(name); }
  /// @}

 private:
  template <class T>
  const T& get(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) throw OptionMisuse(name, "has no value");
    const T* value = std::get_if<T>(&found->second);
    if (value == nullptr) throw OptionMisuse(name, "is of another type");
    return *value;
  }

  std::map<std::string, Value> values_;
};

}  // namespace netkit
