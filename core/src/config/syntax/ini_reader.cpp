#include "config/syntax/ini_reader.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/words.h"

namespace netkit {
namespace {

constexpr const char* kListener = "listener";

/// The other sections: the keys of the top level that are objects.
constexpr std::array kSections = {"limits", "timeouts", "event_loops", "log", "admin"};

std::vector<std::string> section_names() {
  std::vector<std::string> names(kSections.begin(), kSections.end());
  names.insert(names.begin(), kListener);
  return names;
}

std::string known_sections() {
  std::string text = "known: [listener.NAME]";
  for (const char* name : kSections) text += ", [" + std::string(name) + "]";
  return text;
}

/// Reads line by line and adds each key to the object of the open section.
class IniReader {
 public:
  IniReader(const SourceText& source, Diagnostics& errors) : source_(source), errors_(errors) {
    root_ = object_at(0);
    listeners_ = object_at(0);
    listeners_.kind = Node::Kind::list;
  }

  Node read() {
    const std::string& text = source_.text();
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      read_line(begin, std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
    }
    if (!listeners_.items.empty()) add_listeners();
    return std::move(root_);
  }

 private:
  Node object_at(std::size_t offset) const {
    Node node;
    node.kind = Node::Kind::object;
    node.where = source_.at(offset);
    return node;
  }

  Node word_at(std::size_t offset, std::string_view text) const {
    Node node;
    node.kind = Node::Kind::word;
    node.where = source_.at(offset);
    node.text = text;
    return node;
  }

  void fail(std::size_t offset, std::string text) { errors_.push_back({source_.at(offset), std::move(text)}); }

  std::size_t offset_of(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - source_.text().data());
  }

  void read_line(std::size_t begin, std::string_view line) {
    const std::string_view text = trim(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') return;
    if (text.front() == '[') {
      read_section(text);
      return;
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
      fail(offset_of(text), "found " + in_quotes(text) + ", expected [section] or key = value");
      return;
    }
    const std::string_view key = trim(text.substr(0, equals));
    const std::string_view value = trim(text.substr(equals + 1));
    const std::size_t value_offset = value.empty() ? begin + line.size() : offset_of(value);
    add(key.empty() ? text.substr(0, 0) : key, word_at(value_offset, value));
  }

  void read_section(std::string_view text) {
    skipping_ = true;
    if (text.back() != ']') {
      fail(offset_of(text), "found " + in_quotes(text) + ", expected ']' at the end of the line" + comment_hint(text));
      return;
    }
    const std::string_view name = trim(text.substr(1, text.size() - 2));
    const std::size_t offset = offset_of(text);
    const auto [first, is_new] = sections_.emplace(name, source_.at(offset));
    if (!is_new) {
      fail(offset, duplicate_text("[" + std::string(name) + "]", first->second));
      return;
    }
    open_section(name, offset);
  }

  void open_section(std::string_view name, std::size_t offset) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string_view head = name.substr(0, dot);
    const std::string_view tail = name.substr(std::min(dot + 1, name.size()));
    const std::string near = nearest(head, section_names());
    if (near == kListener && !tail.empty()) {
      if (head != kListener) fail_section(name, "did you mean '[listener." + std::string(tail) + "]'?", offset);
      open_listener(tail, offset);
    } else if (near == kListener) {
      fail_section(name, "did you mean '[listener.NAME]'?", offset);
    } else if (near.empty()) {
      fail_section(name, known_sections(), offset);
    } else if (near != name) {
      fail_section(name, "did you mean '[" + near + "]'?", offset);
    } else {
      open_settings(near);
    }
  }

  void open_settings(const std::string& name) {
    prefix_ = name + ".";
    section_ = nullptr;
    skipping_ = false;
  }

  void fail_section(std::string_view name, const std::string& hint, std::size_t offset) {
    fail(offset, "unknown section " + in_quotes("[" + std::string(name) + "]") + "; " + hint);
  }

  void open_listener(std::string_view name, std::size_t offset) {
    Node listener = object_at(offset);
    listener.members.push_back({"name", source_.at(offset), word_at(offset_of(name), name)});
    listeners_.items.push_back(std::move(listener));
    section_ = &listeners_.items.back();
    prefix_.clear();
    skipping_ = false;
  }

  /// Adds `a.b.c = value` to the open section.
  void add(std::string_view key, Node value) {
    if (skipping_) return;
    const std::string path = prefix_ + std::string(key);
    if (key.empty() || key.front() == '.' || key.back() == '.' || key.find("..") != std::string_view::npos) {
      fail(offset_of(key), "found " + in_quotes(key) + " before '=', expected a key such as framing.out.bytes");
      return;
    }
    Node* object = section_ != nullptr ? section_ : &root_;
    const Position where = source_.at(offset_of(key));
    std::string_view rest = path;
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      object = &open_object(*object, std::string(rest.substr(0, dot)), where);
      rest.remove_prefix(dot + 1);
    }
    add_value(*object, std::string(rest), where, std::move(value));
  }

  /// The object behind `key`, made if there is none. A plain value that is there becomes its "type".
  Node& open_object(Node& parent, const std::string& key, const Position& where) {
    Node* found = find_member(parent, key);
    if (found == nullptr) {
      parent.members.push_back({key, where, Node{}});
      found = &parent.members.back().value;
      found->kind = Node::Kind::object;
      found->where = where;
    } else if (found->kind == Node::Kind::word) {
      Node type = std::move(*found);
      *found = Node{};
      found->kind = Node::Kind::object;
      found->where = type.where;
      found->members.push_back({"type", type.where, std::move(type)});
    }
    return *found;
  }

  void add_value(Node& object, const std::string& key, const Position& where, Node value) {
    Node* found = find_member(object, key);
    if (found == nullptr) {
      object.members.push_back({key, where, std::move(value)});
    } else if (found->kind == Node::Kind::object && find_member(*found, "type") == nullptr) {
      found->members.push_back({"type", where, std::move(value)});
    } else {
      errors_.push_back({where, duplicate_text(key, found->where)});
    }
  }

  void add_listeners() {
    listeners_.where = listeners_.items.front().where;
    if (Node* clash = find_member(root_, "listeners")) {
      errors_.push_back({clash->where, "found 'listeners' as a key, expected sections [listener.NAME]"});
      *clash = std::move(listeners_);
      return;
    }
    root_.members.push_back({"listeners", listeners_.where, std::move(listeners_)});
  }

  const SourceText& source_;
  Diagnostics& errors_;
  Node root_;
  Node listeners_;
  std::map<std::string, Position, std::less<>> sections_;
  Node* section_ = nullptr;  ///< The open [listener.NAME]; null: keys go to the root, behind prefix_.
  std::string prefix_;
  bool skipping_ = false;  ///< In a section that was refused: its keys are not looked at.
};

}  // namespace

Node read_ini(const SourceText& source, Diagnostics& errors) { return IniReader(source, errors).read(); }

std::string comment_hint(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool is_mark = text[i] == '#' || text[i] == ';';
    if (is_mark && (text[i - 1] == ' ' || text[i - 1] == '\t')) return "; a comment stands on a line of its own";
  }
  return {};
}

}  // namespace netkit
