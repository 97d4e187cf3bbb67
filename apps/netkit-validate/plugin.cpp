#include "netkit-validate/plugin.h"

#include <algorithm>

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

Options options_for(const std::vector<OptionSpec>& specs, const testing::Settings& settings) {
  for (const OptionSpec& spec : specs) {
    const auto is_it = [&](const auto& setting) { return setting.first == spec.name; };
    if (!spec.required || std::any_of(settings.begin(), settings.end(), is_it)) continue;
    throw Skipped("option '" + spec.name + "' is required; --option may set it");
  }
  return testing::make_options(specs, settings);
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
