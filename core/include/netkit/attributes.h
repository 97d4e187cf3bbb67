#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace netkit {

/// The value of an attribute. Text is UTF-8 where a framing writes it as text.
using AttributeValue = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string>;

/// What a message or an answer says besides its body: names with values, in order. A framing that has a place for them
/// on the wire (a JSON header, HTTP header fields) reads and writes them; the others leave them out. A name may stand
/// more than once. Facts of the connection are no attributes: they stand in Peer, where no message can forge them.
/// Not thread-safe.
class Attributes {
 public:
  /// One name with its value.
  struct Attribute {
    std::string name;      ///< As the framing writes it.
    AttributeValue value;  ///< May be null.
    bool operator==(const Attribute&) const = default;
  };

  /// Appends an attribute.
  Attributes& add(std::string name, AttributeValue value) {
    list_.push_back({std::move(name), std::move(value)});
    return *this;
  }
  /// Replaces the first attribute of that name, or appends one.
  Attributes& set(std::string_view name, AttributeValue value) {
    for (Attribute& one : list_) {
      if (one.name == name) {
        one.value = std::move(value);
        return *this;
      }
    }
    return add(std::string(name), std::move(value));
  }

  /// The first value of that name; null if there is none. Valid until the attributes change.
  const AttributeValue* find(std::string_view name) const {
    for (const Attribute& one : list_) {
      if (one.name == name) return &one.value;
    }
    return nullptr;
  }
  /// The same where the value is a text; null otherwise.
  const std::string* text(std::string_view name) const {
    const AttributeValue* value = find(name);
    return value == nullptr ? nullptr : std::get_if<std::string>(value);
  }

  /// All of them, in order. Iterators are valid until the attributes change.
  /// @{
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  void clear() { list_.clear(); }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  /// @}
  bool operator==(const Attributes&) const = default;

 private:
  std::vector<Attribute> list_;
};

/// For messages and answers without attributes; made once, not for each of them.
inline const Attributes kNoAttributes{};

}  // namespace netkit
