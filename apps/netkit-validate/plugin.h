#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "netkit-validate/outcome.h"
#include "netkit/testing/types.h"
#include "plugin/libraries.h"

namespace netkit::validate {

/// A plugin to be loaded, and the options that its types are to have.
struct PluginFile {
  std::string path;
  std::map<std::string, testing::Settings> settings{};  ///< By the type's name.

  const testing::Settings& settings_of(const std::string& type) const;
};

/// A plugin that is loaded, and what it offers. Unloads it.
class Plugin {
 public:
  /// Throws PluginError.
  explicit Plugin(const PluginFile& file);

  const testing::Types& types() const { return types_; }
  /// Adds its types, for the kit.
  testing::Enroll enroll() const;

 private:
  PluginLibraries libraries_;
  std::shared_ptr<const PluginLibrary> library_;
  testing::Types types_;  // destroyed before the library
};

/// Calls `visit(settings)` for those given, and for each choice of each of its options in turn.
template <class Visit>
void for_every_choice(const std::vector<OptionSpec>& specs, const testing::Settings& given, Visit visit) {
  visit(given);
  for (const OptionSpec& spec : specs) {
    std::vector<std::string> values = spec.choices;
    if (spec.type == OptionType::flag) values = {"true", "false"};
    for (const std::string& value : values) {
      testing::Settings settings = given;
      settings.emplace_back(spec.name, value);
      visit(settings);
    }
  }
}

/// Settings, without those of options of the type `targets`, which are OPTION.NAME and whose values mean nothing: each
/// names a target that never answers.
struct SplitSettings {
  testing::Settings plain;
  Options targets;
};
SplitSettings split(const std::vector<OptionSpec>& specs, const testing::Settings& settings);

/// Options of these settings. Throws Skipped where a required one is missing.
Options options_for(const std::vector<OptionSpec>& specs, const testing::Settings& settings);

/// Calls `make`, which makes something of options. Throws Skipped if the plugin refuses them by an OptionError: that is
/// how it says that they do not go together.
template <class Make>
auto made(Make make) {
  try {
    return make();
  } catch (const OptionError& error) {
    throw Skipped("option '" + error.option() + "': " + error.what() + "; --option may set it");
  }
}

/// "a=b, c=d".
std::string to_string(const testing::Settings& settings);

}  // namespace netkit::validate
