#include "netkit-validate/plugin.h"

#include <algorithm>

#include "netkit/testing/test_upstream.h"

namespace netkit::validate {

const testing::Settings& PluginFile::settings_of(const std::string& type) const {
  static const testing::Settings kNone;
  const auto found = settings.find(type);
  return found == settings.end() ? kNone : found->second;
}

Plugin::Plugin(const PluginFile& file)
    : library_(libraries_.open(file.path)), types_([this](Registry& registry) { library_->enroll(registry); }) {}

testing::Enroll Plugin::enroll() const {
  return [this](Registry& registry) {
    for (const auto& [name, type] : types_.handlers()) registry.add(type);
    for (const auto& [name, type] : types_.filters()) registry.add(type);
    for (const auto& [name, type] : types_.framings()) registry.add(type);
  };
}

SplitSettings split(const std::vector<OptionSpec>& specs, const testing::Settings& settings) {
  SplitSettings parts;
  std::map<std::string, Options::Targets> named;
  for (const auto& setting : settings) {
    const std::size_t dot = setting.first.find('.');
    const std::string option = setting.first.substr(0, dot);
    const bool names_target =
        dot != std::string::npos && std::any_of(specs.begin(), specs.end(), [&](const auto& spec) {
          return spec.name == option && spec.type == OptionType::targets;
        });
    if (!names_target) {
      parts.plain.push_back(setting);
      continue;
    }
    const std::string name = setting.first.substr(dot + 1);
    named[option].emplace(name, testing::test_target(name));
  }
  for (auto& [option, targets] : named) parts.targets.set(option, std::move(targets));
  return parts;
}

Options options_for(const std::vector<OptionSpec>& specs, const testing::Settings& settings) {
  for (const OptionSpec& spec : specs) {
    const auto is_it = [&](const auto& setting) { return setting.first == spec.name; };
    if (!spec.required || std::any_of(settings.begin(), settings.end(), is_it)) continue;
    throw Skipped("option '" + spec.name + "' is required; --option may set it");
  }
  SplitSettings parts = split(specs, settings);
  return testing::make_options(specs, parts.plain, std::move(parts.targets));
}

std::string to_string(const testing::Settings& settings) {
  std::string text;
  for (const auto& [name, value] : settings)
    text.append(text.empty() ? "" : ", ").append(name).append("=").append(value);
  return text.empty() ? "its defaults" : text;
}

const char* to_string(Outcome::Result result) {
  switch (result) {
    case Outcome::Result::ok:
      return "ok";
    case Outcome::Result::failed:
      return "failed";
    case Outcome::Result::skipped:
      break;
  }
  return "skipped";
}

}  // namespace netkit::validate
