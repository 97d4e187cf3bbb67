#pragma once

#include <cstdlib>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "netkit/account.h"
#include "netkit/plugin.h"
#include "plugin/loader.h"
#include "plugin/registry.h"

namespace netkit::testing {

/// Keeps what a plugin logs. Thread-safe.
class RecordingLog final : public Log {
 public:
  void write(LogLevel level, std::string_view text) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(level, text);
  }
  /// Kept as a text log has it: the event, then name=value.
  void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override {
    std::ostringstream line;
    line << std::boolalpha << event;
    for (const LogField& field : fields) {
      std::visit([&](const auto& value) { line << ' ' << field.name << '=' << value; }, field.value);
    }
    write(level, line.str());
  }

  /// How many lines of that level contain `part`.
  std::size_t count(LogLevel level, const std::string& part) const {
    const std::lock_guard lock(mutex_);
    std::size_t found = 0;
    for (const auto& [line_level, line] : lines_) {
      if (line_level == level && line.find(part) != std::string::npos) ++found;
    }
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<LogLevel, std::string>> lines_;
};

/// A built plugin, loaded as the server loads it, and the type of handler of the same name.
class PluginHandler {
 public:
  explicit PluginHandler(const std::string& name) : loader_(registry_) {
    const char* build = std::getenv("NETKIT_BUILD");
    if (build == nullptr) throw std::runtime_error("NETKIT_BUILD does not name the build folder");
    loader_.add_folder(std::string(build) + "/lib/netkit/plugins");
    type_ = loader_.handler(name);
    if (type_ == nullptr) throw std::runtime_error("no plugin " + name + " in " + loader_.folders().front());
    file_ = loader_.handler_library(name)->file();
  }

  const HandlerType& type() const { return *type_; }
  /// `identity`: whom the server is to serve as.
  std::unique_ptr<Handler> make(const Options& options, const Identity& identity = current_identity()) {
    return type_->make(options,
                       HandlerContext{.listener = "test", .log = log_, .plugin_file = file_, .identity = identity});
  }
  const RecordingLog& log() const { return log_; }

 private:
  TypeRegistry registry_;
  PluginLoader loader_;
  const HandlerType* type_ = nullptr;
  std::string file_;
  RecordingLog log_;
};

/// Options with one text set.
inline Options text_option(std::string name, std::string value) {
  Options options;
  options.set(std::move(name), std::move(value));
  return options;
}

}  // namespace netkit::testing
