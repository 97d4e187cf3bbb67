#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/values/choice_reader.h"
#include "config/values/object_reader.h"

namespace netkit {

/// The limits of one object of a config, the nested ones of a source beside them.
struct LimitSettings {
  Settings own;
  Settings per_source;
};

/// What the top level of a config says about every listener that does not say otherwise.
struct ListenerDefaults {
  LimitSettings limits;
  Settings timeouts;
};

/// Reads what guards a listener or the server: limits, timeouts, access lists, the PROXY protocol.
class GuardReader {
 public:
  /// Everything given must outlive the reader.
  GuardReader(const std::string& folder, Diagnostics& errors) : folder_(folder), errors_(errors) {}

  /// Reads `limits` and `timeouts` of the top level into `config` and what listeners inherit into the result.
  ListenerDefaults read_server(ObjectReader& reader, ServerConfig& config);

  /// Reads everything of a listener; its transports have been read. Returns the cap of its messages.
  std::optional<MessageCap> read_listener(ObjectReader& reader, const ListenerDefaults& defaults,
                                          ListenerConfig& listener);

 private:
  LimitSettings take_limits(ObjectReader& reader, const std::vector<OptionSpec>& specs);
  std::optional<MessageCap> read_limits(ObjectReader& reader, const LimitSettings& defaults, ListenerConfig& listener);
  void read_datagram_limits(const Settings& limits, DatagramLimits& datagrams);
  void read_access(ObjectReader& reader, ListenerConfig& listener);
  void read_proxy(ObjectReader& reader, ListenerConfig& listener);
  std::vector<AddressRange> read_ranges(const Node* node, const std::string& key);

  const std::string& folder_;
  Diagnostics& errors_;
};

}  // namespace netkit
