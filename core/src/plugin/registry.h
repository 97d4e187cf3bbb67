#pragma once

#include <map>
#include <string>
#include <vector>

#include "netkit/plugin.h"

namespace netkit {

/// The handlers and framings that can be named in a config. Filled on the main thread before anything serves.
class TypeRegistry final : public Registry {
 public:
  void add(HandlerType type) override;
  void add(FramingType type) override;

  /// Null if there is none of that name. Pointers stay valid as long as the registry.
  const HandlerType* handler(const std::string& name) const;
  const FramingType* framing(const std::string& name) const;

  const std::map<std::string, HandlerType>& handlers() const { return handlers_; }
  const std::map<std::string, FramingType>& framings() const { return framings_; }

 private:
  std::map<std::string, HandlerType> handlers_;
  std::map<std::string, FramingType> framings_;
};

}  // namespace netkit
