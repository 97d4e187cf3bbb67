#pragma once

#include <optional>
#include <string>

#include "config/sections/guard_reader.h"
#include "config/values/choice_reader.h"

namespace netkit {

/// Reads one entry of `listeners`.
class ListenerReader {
 public:
  /// Everything given must outlive the reader.
  ListenerReader(PluginLoader& loader, const ListenerDefaults& defaults, const std::string& folder, Diagnostics& errors)
      : choices_(loader, folder, errors), defaults_(defaults), folder_(folder), errors_(errors) {}

  /// What could be read; whether it is right the errors say.
  ListenerConfig read(const Node& node);

 private:
  void read_name(ObjectReader& reader, ListenerConfig& listener);
  void read_transports(ObjectReader& reader, ListenerConfig& listener);
  void add_transport(const std::string& name, const Position& where, ListenerConfig& listener);
  void read_address(ObjectReader& reader, ListenerConfig& listener);
  void read_socket(ObjectReader& reader, ListenerConfig& listener);
  const HandlerType* read_handler(ObjectReader& reader, ListenerConfig& listener);
  std::optional<std::string> text(const char* key, const Node* node);

  ChoiceReader choices_;
  const ListenerDefaults& defaults_;
  const std::string& folder_;
  Diagnostics& errors_;
};

}  // namespace netkit
