#include "plugin/registry.h"

#include <stdexcept>
#include <utility>

#include "plugin/max_option.h"
#include "plugin/type_check.h"

namespace netkit {
namespace {

template <class Type>
void insert(std::map<std::string, Type>& types, Type type, const char* kind) {
  const std::string name = type.name;
  if (!types.emplace(name, std::move(type)).second) {
    throw std::invalid_argument(std::string(kind) + " '" + name + "' is already taken");
  }
}

template <class Type>
const Type* find(const std::map<std::string, Type>& types, const std::string& name) {
  const auto found = types.find(name);
  return found == types.end() ? nullptr : &found->second;
}

std::shared_ptr<const PluginLibrary> library_of(
    const std::map<std::string, std::shared_ptr<const PluginLibrary>>& libraries, const std::string& name) {
  const auto found = libraries.find(name);
  return found == libraries.end() ? nullptr : found->second;
}

}  // namespace

void TypeRegistry::add(HandlerType type) {
  if (enrolling_) check_type(type);
  if (!handlers_.contains(type.name)) handler_libraries_[type.name] = enrolling_;
  insert(handlers_, std::move(type), "handler");
}

void TypeRegistry::add(FilterType type) {
  if (enrolling_) check_type(type);
  if (!filters_.contains(type.name)) filter_libraries_[type.name] = enrolling_;
  insert(filters_, std::move(type), "filter");
}

void TypeRegistry::add(FramingType type) {
  if (enrolling_) check_type(type);
  add_max_option(type);
  if (!framings_.contains(type.name)) framing_libraries_[type.name] = enrolling_;
  insert(framings_, std::move(type), "framing");
}

void TypeRegistry::enroll(const std::shared_ptr<const PluginLibrary>& library) {
  enrolling_ = library;
  try {
    library->enroll(*this);
  } catch (...) {
    enrolling_ = nullptr;
    throw;
  }
  enrolling_ = nullptr;
  library->set_calls(calls_of(*library));
}

/// What is called in a plugin for each message.
const char* TypeRegistry::calls_of(const PluginLibrary& library) const {
  const PluginTypes types = types_of(library);
  if (types.framings.empty()) return "on_message";
  return types.handlers.empty() && types.filters.empty() ? "its framing" : "on_message or its framing";
}

PluginTypes TypeRegistry::types_of(const PluginLibrary& library) const {
  const auto names = [&](const Libraries& libraries) {
    std::vector<std::string> found;
    for (const auto& [name, from] : libraries) {
      if (from.get() == &library) found.push_back(name);
    }
    return found;
  };
  return {names(handler_libraries_), names(filter_libraries_), names(framing_libraries_)};
}

const HandlerType* TypeRegistry::handler(const std::string& name) const { return find(handlers_, name); }
const FilterType* TypeRegistry::filter(const std::string& name) const { return find(filters_, name); }
const FramingType* TypeRegistry::framing(const std::string& name) const { return find(framings_, name); }

std::shared_ptr<const PluginLibrary> TypeRegistry::handler_library(const std::string& name) const {
  return library_of(handler_libraries_, name);
}

std::shared_ptr<const PluginLibrary> TypeRegistry::filter_library(const std::string& name) const {
  return library_of(filter_libraries_, name);
}

std::shared_ptr<const PluginLibrary> TypeRegistry::framing_library(const std::string& name) const {
  return library_of(framing_libraries_, name);
}

}  // namespace netkit
