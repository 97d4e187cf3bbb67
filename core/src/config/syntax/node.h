#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/syntax/position.h"

namespace netkit {

struct Member;

/// One value of a config file, whatever the format of the file: JSON and INI become the same tree.
struct Node {
  enum class Kind : std::uint8_t {
    null,
    flag,
    number,
    text,
    word,  ///< INI's only scalar: its key's type decides how it is read.
    list,
    object,
  };

  Kind kind = Kind::null;
  Position where;
  std::string text;             ///< flag, number, word: as written. text: without quotes and escapes.
  std::vector<Node> items;      ///< list
  std::vector<Member> members;  ///< object, in the order of the file, keys unique.
};

struct Member {
  std::string key;
  Position where;  ///< Of the key.
  Node value;
};

/// A scalar that is read as if a file had it at `where`: a default in place of a value. `kind`: text or word.
Node scalar_node(Node::Kind kind, const std::string& text, const Position& where);

/// Null if there is no such key.
Node* find_member(Node& object, const std::string& key);

/// The value as an error message shows it: 'text', 5, true, a list.
std::string found_text(const Node& node);

/// The error of a key that stands twice in one object.
std::string duplicate_text(const std::string& key, const Position& first);

}  // namespace netkit
