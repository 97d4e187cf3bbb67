#pragma once

#include <optional>
#include <string>

#include "config/readers/choice_reader.h"
#include "config/values/transport.h"

namespace netkit {

/// Reads a framing for both directions: one value, or {"in": ..., "out": ...}.
class FramingPairReader {
 public:
  /// Everything given must outlive the reader.
  FramingPairReader(ChoiceReader& choices, const std::string& folder, Diagnostics& errors)
      : choices_(choices), folder_(folder), errors_(errors) {}

  /// False, with errors, if there is a mistake. `transport`: nothing if any framing will do. `cap` holds for `in`.
  bool read(const Node& node, std::optional<Transport> transport, const std::optional<MessageCap>& cap,
            FramingChoice& framing);

 private:
  void read_directions(const Node& node, FramingChoice& framing);
  void read_choice(const Node& node, Directions directions, Choice& choice);

  ChoiceReader& choices_;
  const std::string& folder_;
  Diagnostics& errors_;
  std::optional<Transport> transport_;
  std::optional<MessageCap> cap_;
};

}  // namespace netkit
