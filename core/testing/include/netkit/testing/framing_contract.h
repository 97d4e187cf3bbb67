#pragma once

#include <span>
#include <string>
#include <vector>

#include "netkit/testing/framing_driver.h"

namespace netkit::testing {

/// A message, or what the framing itself says, as it stands on the wire.
struct Sample {
  std::string wire;            ///< All its bytes.
  std::string body;            ///< What a handler sees of it.
  Attributes attributes{};     ///< Likewise.
  std::size_t size_known = 0;  ///< How many bytes it takes until need_more says the size; 0: never.
  bool encoded = true;         ///< The encoder writes the same bytes.
  bool control = false;        ///< It is no message: body and attributes are empty, nothing is encoded.
  std::string reply{};         ///< control: what the framing answers.
};

/// Bytes that are refused, exactly up to the one that shows that they are wrong.
struct Malformed {
  std::string wire;    ///< The last byte is the one that is wrong.
  std::string reason;  ///< Decoded::reason.
};

/// A stream whose messages depend on one another or on its end, and what it decodes to.
struct StreamSample {
  std::string wire;   ///< All its bytes; then it ends.
  Decoding expected;  ///< However it is split.
};

/// One framing with one set of options, and what the contract suite has to know of it.
struct Subject {
  FramingType type;                     ///< As the plugin adds it.
  Settings settings{};                  ///< The options, as a config writes them.
  std::vector<Sample> samples{};        ///< At least one, a message first.
  std::vector<Malformed> malformed{};   ///< May be empty.
  std::vector<StreamSample> streams{};  ///< May be empty.
  bool delimits = true;                 ///< A message ends where its framing says, not where a read ended.
  std::size_t only_size = 0;            ///< Not 0: all bodies have this size.
  bool has_limit = true;                ///< There are bodies over `max`, and they are refused.
  std::string ending{};                 ///< What each body ends in.
  bool end_reads_body = false;  ///< What follows a body depends on it, if it is at hand: a streamed one differs.

  /// The framing's name and its settings.
  std::string name() const;
};

/// One thing that every framing promises, whatever its bytes look like.
struct ContractCheck {
  const char* name;             ///< A sentence, words joined by underscores.
  void (*run)(const Subject&);  ///< Throws TestFailure, or std::logic_error of TestedFraming.
};

/// All of them.
std::span<const ContractCheck> contract_checks();

/// Holds a framing to all of them. Returns a text for each that it breaks; none: it keeps the contract.
std::vector<std::string> broken_promises(const Subject& subject);

/// Likewise; throws TestFailure with all the texts.
void expect_contract(const Subject& subject);

/// The subject that can be made of a type alone: its samples are what its own encoder writes. For framings that carry
/// texts of small letters. Throws TestFailure if what was encoded is not decoded to itself, and what the framing
/// throws.
Subject subject_of(const FramingType& type, const Settings& settings = {});

/// Bytes as two digits each, at most 80 of them.
std::string in_hex(std::string_view bytes);

}  // namespace netkit::testing
