#include "netkit-validate/script.h"

#include <filesystem>
#include <functional>
#include <stdexcept>

#include "netkit/testing/framing_driver.h"
#include "netkit/testing/test_server.h"
#include "plugin/loader.h"

namespace netkit::validate {
namespace {

constexpr const char* kExtension = ".lua";
constexpr const char* kType = "lua";  // of the handler and of the framing

/// Tries to make something of a script; otherwise adds why it cannot be made.
bool can_make(const std::string& kind, const std::function<void()>& make, std::string& why) {
  try {
    make();
    return true;
  } catch (const std::exception& error) {
    why += (why.empty() ? "as a " : "; as a ") + kind + ": " + error.what();
    return false;
  }
}

}  // namespace

bool is_script(const std::string& path) { return std::filesystem::path(path).extension() == kExtension; }

PluginFile plugin_of_script(const std::string& path) {
  PluginFile file{.path = builtin_plugin_folder() + "/" + kType + ".so"};
  file.settings[kType].emplace_back("script", std::filesystem::absolute(path).string());
  return file;
}

std::string uses_of_script(const PluginFile& file) {
  const Plugin plugin(file);
  const testing::Settings& settings = file.settings_of(kType);
  std::string why;
  std::string uses;
  SplitSettings parts = split(plugin.types().handler(kType).options, settings);
  const auto serve = [&] {
    testing::TestServer(plugin.enroll(), kType, parts.plain, {.more = std::move(parts.targets)});
  };
  const auto frame = [&] { testing::TestedFraming(plugin.types().framing(kType), settings).codec(); };
  if (can_make("handler", serve, why)) uses += std::string("handler ") + kType + "\n";
  if (can_make("framing", frame, why)) uses += std::string("framing ") + kType + "\n";
  if (uses.empty()) throw std::runtime_error(why);
  return uses;
}

}  // namespace netkit::validate
