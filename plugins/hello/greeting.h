#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "netkit/responder.h"

namespace hello {

/// A text with placeholders for the peer's address: {host} and {port}; {{ stands for one brace. Immutable once made.
class Greeting {
 public:
  /// Throws netkit::OptionError for a placeholder that is unknown or not closed.
  explicit Greeting(const std::string& text);

  std::string for_peer(const netkit::Peer& peer) const;

 private:
  enum class Placeholder : std::uint8_t { none, host, port };

  /// Literal text and what follows it.
  struct Piece {
    std::string literal;
    Placeholder placeholder = Placeholder::none;
  };

  static Placeholder placeholder_named(const std::string& name);

  std::vector<Piece> pieces_;
};

}  // namespace hello
