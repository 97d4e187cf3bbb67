#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/model/config.h"
#include "config/readers/choice_reader.h"

namespace netkit {

/// Reads a listener's `framing`: one value for both directions, {"in": ..., "out": ...}, or one of these for each
/// transport in {"tcp": ..., "udp": ...}.
class FramingReader {
 public:
  /// Everything given must outlive the reader.
  FramingReader(ChoiceReader& choices, const std::string& folder, Diagnostics& errors)
      : choices_(choices), folder_(folder), errors_(errors) {}

  /// Sets the framing of every transport. `node` is null if the listener names none: mistakes of the defaults are then
  /// reported at `listener`.
  void read(const Node* node, const Position& listener, const std::optional<MessageCap>& cap,
            std::vector<TransportConfig>& transports);

 private:
  void read_each(const Node& node, std::vector<TransportConfig>& transports);
  void read_one(const Node& node, TransportConfig& transport);
  void read_default(const Position& listener, TransportConfig& transport);

  ChoiceReader& choices_;
  const std::string& folder_;
  Diagnostics& errors_;
  std::optional<MessageCap> cap_;
};

}  // namespace netkit
