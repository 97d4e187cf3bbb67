#include "config/syntax/json_tree_builder.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace netkit {
namespace {

std::size_t skip_white_space(const std::string& text, std::size_t offset) {
  return std::min(text.find_first_not_of(" \t\r\n", offset), text.size());
}

bool is_empty(const Node& node) { return node.members.empty() && node.items.empty(); }

/// Where a JSON string has the escape for U+0000, or npos.
std::size_t find_nul_escape(std::string_view token) {
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '\\') continue;
    if (token.substr(i).starts_with("\\u0000")) return i;
    ++i;
  }
  return std::string_view::npos;
}

/// The text of a string, which Poco has found to be one.
std::string unescaped(std::string_view token) {
  const nlohmann::json text = nlohmann::json::parse(token, nullptr, false);
  return text.is_string() ? text.get<std::string>() : std::string(token);
}

}  // namespace

bool JsonTreeBuilder::separator_is_next(std::size_t offset) const {
  if (open_.empty() || offset >= source_.text().size()) return false;
  const Open& parent = open_.back();
  if (parent.has_key) return source_.text()[offset] == ':';
  return !is_empty(parent.node) && source_.text()[offset] == ',';
}

std::size_t JsonTreeBuilder::next_token() const {
  const std::size_t offset = skip_white_space(source_.text(), last_end_);
  return separator_is_next(offset) ? skip_white_space(source_.text(), offset + 1) : offset;
}

std::string JsonTreeBuilder::expected_next() const {
  if (complete_) return "the end of the file";
  if (open_.empty()) return "'{'";
  const Open& parent = open_.back();
  const bool separated = separator_is_next(skip_white_space(source_.text(), last_end_));
  if (parent.has_key) return separated ? "a value" : "':'";
  const bool is_object = parent.node.kind == Node::Kind::object;
  if (separated) return is_object ? "another key in double quotes" : "another value";
  if (is_empty(parent.node)) return is_object ? "a key in double quotes or '}'" : "a value or ']'";
  return is_object ? "',' or '}'" : "',' or ']'";
}

JsonTreeBuilder::Token JsonTreeBuilder::take_token() {
  const std::size_t begin = next_token();
  last_end_ = buffer_.offset();
  return {source_.at(begin), std::string_view(source_.text()).substr(begin, last_end_ - begin)};
}

void JsonTreeBuilder::open(Node::Kind kind) {
  Open opened;
  opened.node.kind = kind;
  opened.node.where = take_token().where;
  open_.push_back(std::move(opened));
}

void JsonTreeBuilder::close() {
  last_end_ = buffer_.offset();
  Node node = std::move(open_.back().node);
  open_.pop_back();
  add(std::move(node));
}

void JsonTreeBuilder::key(const std::string& name) {
  Open& parent = open_.back();
  const Token token = take_token();
  if (const std::size_t nul = find_nul_escape(token.text); nul != std::string_view::npos) {
    Position where = token.where;
    where.column += static_cast<int>(nul);
    errors_.push_back({where, "found \\u0000 in a key, expected text without NUL characters"});
    has_nul_ = true;
  }
  parent.key_where = token.where;
  parent.key = name;
  parent.has_key = true;
}

void JsonTreeBuilder::value(const std::string& text) {
  Node node;
  node.kind = Node::Kind::text;
  const Token token = take_token();
  node.where = token.where;
  node.text = find_nul_escape(token.text) == std::string_view::npos ? text : unescaped(token.text);
  add(std::move(node));
}

void JsonTreeBuilder::scalar(Node::Kind kind) {
  const Token token = take_token();
  Node node;
  node.kind = kind;
  node.where = token.where;
  node.text = token.text;
  add(std::move(node));
}

void JsonTreeBuilder::add(Node node) {
  if (open_.empty()) {
    root_ = std::move(node);
    complete_ = true;
    return;
  }
  Open& parent = open_.back();
  if (parent.node.kind == Node::Kind::list) {
    parent.node.items.push_back(std::move(node));
    return;
  }
  parent.has_key = false;
  const auto first = std::find_if(parent.node.members.begin(), parent.node.members.end(),
                                  [&](const Member& member) { return member.key == parent.key; });
  if (first == parent.node.members.end()) {
    parent.node.members.push_back({parent.key, parent.key_where, std::move(node)});
  } else {
    errors_.push_back({parent.key_where, duplicate_text(parent.key, first->where)});
  }
}

}  // namespace netkit
