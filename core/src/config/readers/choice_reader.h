#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/readers/choice.h"
#include "config/readers/framing_check.h"
#include "config/readers/object_reader.h"
#include "plugin/loader.h"

namespace netkit {

/// The largest message that limits.message allows, and its place.
struct MessageCap {
  std::int64_t bytes = 0;
  Position where;
};

/// Reads `handler`, `filters` and `framing` values: a name, or an object with `type` and the options of that type.
class ChoiceReader {
 public:
  ChoiceReader(PluginLoader& loader, const std::string& folder, Diagnostics& errors)
      : loader_(loader), folder_(folder), errors_(errors) {}

  /// All return null, and add errors, if the type is unknown or its options are wrong. A framing also gets to check
  /// its options, the messages that come in being capped by `cap`.
  const HandlerType* handler(const Node& node, Choice& choice);
  const FilterType* filter(const Node& node, Choice& choice);
  const FramingType* framing(const Node& node, Directions directions, const std::optional<MessageCap>& cap,
                             Choice& choice);

 private:
  const Node* find_name(const char* kind, const Node& node);
  void take_options(const Node& node, const std::vector<OptionSpec>& specs, bool may_have_nul, Choice& choice);
  void take_members(ObjectReader& reader, const std::vector<OptionSpec>& specs, Choice& choice);
  void read_composed(const OptionSpec& spec, const Node& node, Choice& choice);
  std::optional<Target> read_target(const OptionSpec& spec, const Node& node, const std::string& key, Choice& choice);
  void read_targets(const OptionSpec& spec, const Node& node, Choice& choice);
  Framing make(const FramingChoice& framing);
  void make_paths_absolute(const std::vector<OptionSpec>& specs, Options& options) const;
  bool read_options(const Node& node, const std::vector<OptionSpec>& specs, bool may_have_nul, Choice& choice);
  template <class Type>
  const Type* read(const char* kind, const Node& node, const Type* (PluginLoader::*find)(const std::string&),
                   std::vector<std::string> (PluginLoader::*names)() const, Choice& choice);
  bool try_options(const FramingType& type, Directions directions, const Choice& choice);

  template <class Type>
  const Type* find_type(const char* kind, const Node& name, const Type* (PluginLoader::*find)(const std::string&),
                        std::vector<std::string> (PluginLoader::*names)() const);

  PluginLoader& loader_;
  const std::string& folder_;
  Diagnostics& errors_;
};

}  // namespace netkit
