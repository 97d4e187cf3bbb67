#include "greeting.h"

#include <utility>

#include "netkit/options.h"

namespace hello {

Greeting::Greeting(const std::string& text) {
  Piece piece;
  std::size_t at = 0;
  for (std::size_t brace; (brace = text.find('{', at)) != std::string::npos;) {
    piece.literal += text.substr(at, brace - at);
    if (text.compare(brace, 2, "{{") == 0) {
      piece.literal += '{';
      at = brace + 2;
      continue;
    }
    const std::size_t close = text.find('}', brace);
    if (close == std::string::npos) {
      throw netkit::OptionError("text", "'" + text.substr(brace) + "' has no closing }; write {{ for a brace");
    }
    piece.placeholder = placeholder_named(text.substr(brace + 1, close - brace - 1));
    pieces_.push_back(std::exchange(piece, {}));
    at = close + 1;
  }
  piece.literal += text.substr(at);
  pieces_.push_back(std::move(piece));
}

Greeting::Placeholder Greeting::placeholder_named(const std::string& name) {
  if (name == "host") return Placeholder::host;
  if (name == "port") return Placeholder::port;
  throw netkit::OptionError("text", "unknown placeholder {" + name + "}; expected {host} or {port}, or {{ for a brace");
}

std::string Greeting::for_peer(const netkit::Peer& peer) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    text += piece.literal;
    if (piece.placeholder == Placeholder::host) text += peer.host;
    if (piece.placeholder == Placeholder::port) text += std::to_string(peer.port);
  }
  return text;
}

}  // namespace hello
