#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "netkit-validate/check.h"
#include "netkit/testing/test_server.h"

namespace netkit::validate {
namespace {

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

/// Small letters, digits and `joint`, a letter first.
bool is_name(const std::string& name, char joint) {
  const auto fits = [&](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == joint; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), fits);
}

void check_help(const std::string& of, const std::string& help) {
  require(!help.empty(), of + " has no help");
  require(help.find('\n') == std::string::npos && help.back() != '.',
          "the help of " + of + " is not one line without a full stop");
}

void check_options(const std::string& of, const std::vector<OptionSpec>& specs) {
  std::set<std::string> names;
  for (const OptionSpec& spec : specs) {
    const std::string option = "option '" + spec.name + "' of " + of;
    require(is_name(spec.name, '_'), option + ": not a name of small letters, digits and _");
    require(names.insert(spec.name).second, option + " is there twice");
    check_help(option, spec.help);
    require(spec.least <= spec.most, option + ": its smallest value is over its largest");
    require((spec.type == OptionType::choice) == !spec.choices.empty(), option + ": choices are for the type choice");
    require(!spec.required || spec.fallback.empty(), option + " is required and has a default");
  }
}

std::string in_quotes(std::string text, const std::string& name) { return text.append(" '").append(name).append("'"); }

template <class Type>
void check_types(const std::map<std::string, Type>& types, const std::string& kind) {
  for (const auto& [name, type] : types) {
    const std::string of = in_quotes(kind, name);
    require(is_name(name, '-'), of + ": not a name of small letters, digits and -");
    check_help(of, type.help);
    check_options(of, type.options);
  }
}

template <class Type>
void check_defaults(const std::map<std::string, Type>& types, const std::string& kind) {
  for (const auto& [name, type] : types) {
    for (const OptionSpec& spec : type.options) {
      if (spec.required || spec.fallback.empty()) continue;
      try {
        testing::make_options({spec}, {});
      } catch (const std::exception& error) {
        throw std::runtime_error(in_quotes(kind, name) + ": " + error.what());
      }
    }
  }
}

std::string check_names(const PluginFile& file) {
  const Plugin plugin(file);
  const testing::Types& types = plugin.types();
  require(!types.handlers().empty() || !types.filters().empty() || !types.framings().empty(), "it offers nothing");
  check_types(types.handlers(), "handler");
  check_types(types.filters(), "filter");
  check_types(types.framings(), "framing");
  return "";
}

std::string check_all_defaults(const PluginFile& file) {
  const Plugin plugin(file);
  check_defaults(plugin.types().handlers(), "handler");
  check_defaults(plugin.types().filters(), "filter");
  check_defaults(plugin.types().framings(), "framing");
  return "";
}

std::ptrdiff_t threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

/// Has every handler that its settings make answer a message.
void use_handlers(const Plugin& plugin, const PluginFile& file) {
  for (const auto& [name, type] : plugin.types().handlers()) {
    try {
      testing::TestServer server(plugin.enroll(), name, file.settings_of(name), {.plugin_file = file.path});
      testing::TestConversation peer = server.connect();
      peer.say("hello");
    } catch (const std::invalid_argument&) {
      continue;  // it needs options
    }
  }
}

/// False if there are more threads for two seconds.
bool threads_end(std::ptrdiff_t expected) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (threads() > expected && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  return threads() <= expected;
}

/// A plugin is loaded from a copy in memory.
bool is_mapped() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/memfd:") != std::string::npos) return true;
  }
  return false;
}

std::string check_unload(const PluginFile& file) {
  std::thread([] {}).join();  // with the first thread a sanitizer begins one of its own
  const std::ptrdiff_t before = threads();
  auto plugin = std::make_unique<Plugin>(file);
  use_handlers(*plugin, file);
  if (!threads_end(before)) {
    static const std::unique_ptr<Plugin> kept = std::move(plugin);  // unloading it now would crash this process
    throw std::runtime_error("a thread that it has started still runs when its handlers are gone");
  }
  plugin.reset();
#ifdef __SANITIZE_ADDRESS__
  throw Skipped("the address sanitizer keeps every library");
#endif
  require(PluginLibrary::never_unloaded() == 0 && !is_mapped(),
          "its library stays in memory: build it with -fno-gnu-unique, and leave no thread or callback behind");
  return "";
}

}  // namespace

void add_library_checks(const Trial& trial, Checks& checks) {
  const PluginFile& file = trial.file;
  checks.push_back({"plugin: loads", [file] { return Plugin(file), std::string(); }});
  checks.push_back({"plugin: names, help texts and options are sane", [file] { return check_names(file); }});
  checks.push_back({"plugin: defaults fit their options", [file] { return check_all_defaults(file); }});
  checks.push_back({"plugin: unloads without a trace", [file] { return check_unload(file); }});
}

}  // namespace netkit::validate
