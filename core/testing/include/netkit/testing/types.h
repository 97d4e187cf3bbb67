#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "netkit/plugin.h"

namespace netkit::testing {

/// A plugin's enroll function, or one of a test that adds types of its own.
using Enroll = std::function<void(Registry&)>;

/// Options as a config would write them, e.g. {{"bytes", "2"}, {"endian", "little"}}.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// What a plugin offers, by name.
class Types final : public Registry {
 public:
  /// Calls `enroll`. Throws what it throws, and std::invalid_argument for a name that is taken.
  explicit Types(const Enroll& enroll);

  /// Throw std::invalid_argument for a name that is taken.
  /// @{
  void add(HandlerType type) override;
  void add(FilterType type) override;
  void add(FramingType type) override;
  /// @}

  /// Throw std::invalid_argument if there is no such type.
  /// @{
  const HandlerType& handler(const std::string& name) const;
  const FilterType& filter(const std::string& name) const;
  const FramingType& framing(const std::string& name) const;
  /// @}

  /// All, by name.
  /// @{
  const std::map<std::string, HandlerType>& handlers() const { return handlers_; }
  const std::map<std::string, FilterType>& filters() const { return filters_; }
  const std::map<std::string, FramingType>& framings() const { return framings_; }
  /// @}

 private:
  std::map<std::string, HandlerType> handlers_;
  std::map<std::string, FilterType> filters_;
  std::map<std::string, FramingType> framings_;
};

/// Checks options and fills in defaults as the server does it with a config. `more` holds those that have no text:
/// tables, framings, targets. Throws std::invalid_argument, what() naming the option, for one that does not exist, does
/// not fit or is missing; std::logic_error for a default that does not fit.
Options make_options(const std::vector<OptionSpec>& specs, const Settings& settings, Options more = {});

/// A framing by its type's name, for ServerSetup::framing and for options of the type `framing`. Throws as
/// make_options() and the framing do.
Framing make_framing(const Enroll& enroll, const std::string& name, const Settings& settings = {});
/// The type alone, for Subject::type.
FramingType framing_type(const Enroll& enroll, const std::string& name);

}  // namespace netkit::testing
