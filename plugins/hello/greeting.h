#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "netkit/responder.h"

namespace hello {

/// A text with placeholders for the peer's address, {host} and {port}; {{ is a literal brace. Immutable.
class Greeting {
 public:
  /// Throws netkit::OptionError for an unknown or unterminated placeholder.
  explicit Greeting(const std::string& text);

  std::string for_peer(const netkit::Peer& peer) const;

 private:
  enum class Placeholder : std::uint8_t { none, host, port };

  /// Literal text and the placeholder behind it.
  struct Piece {
    std::string literal;
    Placeholder placeholder = Placeholder::none;
  };

  static Placeholder placeholder_named(const std::string& name);

  std::vector<Piece> pieces_;
};

}  // namespace hello
