#pragma once

#include <string>
#include <vector>

#include "framing/driver.h"

namespace netkit::testing {

/// A message, or what the framing itself says, as it stands on the wire.
struct Sample {
  std::string wire;
  std::string body;
  Attributes attributes{};
  std::size_t size_known = 0;  ///< How many bytes it takes until need_more says the size; 0: never.
  bool encoded = true;         ///< The encoder writes the same bytes.
  bool control = false;        ///< It is no message: body and attributes are empty, nothing is encoded.
  std::string reply{};         ///< control: what the framing answers.
};

/// Bytes that are refused, exactly up to the one that shows that they are wrong.
struct Malformed {
  std::string wire;
  std::string reason;
};

/// A stream whose messages depend on one another or on its end, and what it decodes to.
struct StreamSample {
  std::string wire;
  Decoding expected;
};

/// One framing with one set of options, and what the contract suite has to know of it.
struct Subject {
  FramingType type;
  Settings settings;
  std::vector<Sample> samples;  ///< At least one, a message first.
  std::vector<Malformed> malformed{};
  std::vector<StreamSample> streams{};
  bool delimits = true;         ///< A message ends where its framing says, not where a read ended.
  std::size_t only_size = 0;    ///< Not 0: all bodies have this size.
  bool has_limit = true;        ///< There are bodies over `max`, and they are refused.
  std::string ending{};         ///< What each body ends in.
  bool end_reads_body = false;  ///< What follows a body depends on it, if it is at hand: a streamed one differs.

  std::string name() const;
};

/// Every built-in framing, with every set of options that changes what it does, and the example framings.
const std::vector<Subject>& subjects();

/// Those of example_framings.h.
std::vector<Subject> example_subjects();

}  // namespace netkit::testing
