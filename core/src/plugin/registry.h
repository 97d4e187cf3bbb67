#pragma once

#include <map>
#include <memory>
#include <string>

#include "netkit/plugin.h"
#include "plugin/library.h"

namespace netkit {

/// The handlers, filters and framings that can be named in a config. Keeps the plugins they are from. Main thread only.
class TypeRegistry final : public Registry {
 public:
  void add(HandlerType type) override;
  void add(FilterType type) override;
  void add(FramingType type) override;

  /// Lets a plugin add its types, which keep its library loaded. Throws PluginError, also for a mistake in what it
  /// publishes, see check_type().
  void enroll(const std::shared_ptr<const PluginLibrary>& library);

  /// Null if there is no such type. Pointers stay valid as long as the registry.
  const HandlerType* handler(const std::string& name) const;
  const FilterType* filter(const std::string& name) const;
  const FramingType* framing(const std::string& name) const;

  /// Returns the library of a type; null if the type is built in or unknown. Hold it as long as anything that the type
  /// made.
  std::shared_ptr<const PluginLibrary> handler_library(const std::string& name) const;
  std::shared_ptr<const PluginLibrary> filter_library(const std::string& name) const;
  std::shared_ptr<const PluginLibrary> framing_library(const std::string& name) const;

  /// What a library has added.
  PluginTypes types_of(const PluginLibrary& library) const;

  const std::map<std::string, HandlerType>& handlers() const { return handlers_; }
  const std::map<std::string, FilterType>& filters() const { return filters_; }
  const std::map<std::string, FramingType>& framings() const { return framings_; }

 private:
  using Libraries = std::map<std::string, std::shared_ptr<const PluginLibrary>>;

  const char* calls_of(const PluginLibrary& library) const;

  std::shared_ptr<const PluginLibrary> enrolling_;
  Libraries handler_libraries_;  // before the types, so that it is destroyed after them
  Libraries filter_libraries_;
  Libraries framing_libraries_;
  std::map<std::string, HandlerType> handlers_;
  std::map<std::string, FilterType> filters_;
  std::map<std::string, FramingType> framings_;
};

}  // namespace netkit
