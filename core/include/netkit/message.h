#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace netkit {

/// One message of a peer, as its framing cut it out of the bytes. Both views point into the receive buffer: they
/// last until the handler's on_message() returns.
struct Message {
  std::string_view body{};
  /// The JSON object that came before the body, as text; empty in framings that have none.
  std::string_view header{};
};

using FieldValue = std::variant<std::nullptr_t, bool, std::int64_t, std::string>;

/// What an answer says about its body. The json-header framing puts it on the wire; the other framings have no place
/// for it and leave it out. Text is UTF-8; bytes that are not are replaced by U+FFFD on the wire.
struct Header {
  std::optional<std::string> filename{};
  std::optional<std::string> hash{};
  /// Further members, written after `filename`, `hash` and `size` in this order. Names are unique.
  std::vector<std::pair<std::string, FieldValue>> fields{};

  Header& add(std::string name, FieldValue value) {
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

/// For answers that have nothing to say about their body; made once, not for each of them.
inline const Header kNoHeader{};

}  // namespace netkit
