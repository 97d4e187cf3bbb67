#pragma once

#include <string>
#include <vector>

#include "framing/driver.h"

namespace netkit::testing {

/// A message as it stands on the wire.
struct Sample {
  std::string wire;
  std::string body;
  std::string header = "";     ///< Of json-header.
  std::size_t size_known = 0;  ///< How many bytes it takes until need_more says the size; 0: never.
  bool encoded = true;         ///< The encoder writes the same bytes.
};

/// Bytes that are refused, exactly up to the one that shows that they are wrong.
struct Malformed {
  std::string wire;
  std::string reason;
};

/// One framing with one set of options, and what the contract suite has to know of it.
struct Subject {
  std::string framing;
  Settings settings;
  std::vector<Sample> samples;
  std::vector<Malformed> malformed = {};
  /// Whether a message ends where its framing says, and not where a read ended.
  bool delimits = true;

  std::string name() const;
};

/// Every built-in framing, with every set of options that changes what it does.
const std::vector<Subject>& subjects();

}  // namespace netkit::testing
