#pragma once

#include <optional>
#include <string>

#include "config/choice_reader.h"

namespace netkit {

/// What the top level of a config says about every listener that does not say otherwise.
struct ListenerDefaults {
  Settings limits;
  Settings timeouts;
};

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
  const HandlerType* read_handler(ObjectReader& reader, ListenerConfig& listener);
  std::optional<MessageCap> read_limits(ObjectReader& reader, ListenerConfig& listener);
  void read_datagram_limits(const Settings& limits, ListenerConfig& listener);
  void read_timeouts(ObjectReader& reader, ListenerConfig& listener);
  std::optional<std::string> text(const char* key, const Node* node);
  Settings inherit(ObjectReader& reader, const char* key, const std::vector<OptionSpec>& specs,
                   const Settings& defaults);

  ChoiceReader choices_;
  const ListenerDefaults& defaults_;
  const std::string& folder_;
  Diagnostics& errors_;
};

}  // namespace netkit
