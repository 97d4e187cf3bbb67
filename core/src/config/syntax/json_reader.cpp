#include "config/syntax/json_reader.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>
#include <Poco/SharedPtr.h>

#include <algorithm>
#include <istream>
#include <string_view>
#include <utility>

#include "base/nearest.h"
#include "config/syntax/json_tree_builder.h"

namespace netkit {
namespace {

constexpr std::size_t kDepth = 16;

/// The string, word, number or single character at `offset`, as a message shows it.
std::string found_at(const std::string& text, std::size_t offset) {
  if (offset >= text.size()) return "the end of the file";
  const std::string_view rest = std::string_view(text).substr(offset);
  if (rest.front() == '"') return in_quotes(rest.substr(1, rest.find('"', 1) - 1));
  const std::size_t word = std::min(rest.find_first_of(" \t\r\n,:[]{}\""), rest.size());
  return in_quotes(rest.substr(0, std::max<std::size_t>(word, 1)));
}

std::string hint(std::string_view rest, std::string_view expected) {
  if (rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with("#")) return "; JSON has no comments";
  const bool ends = rest.starts_with('}') || rest.starts_with(']');
  if (ends && expected.starts_with("another")) return "; the comma before it is one too many";
  return "";
}

/// Escapes control characters: Poco's message has the offending byte as it is, even a line break.
std::string on_one_line(const std::string& text) {
  const std::string quoted = in_quotes(text, text.size());
  return quoted.substr(1, quoted.size() - 2);
}

/// Says why the parser stopped: in terms of the grammar, or in Poco's words for a malformed string.
Diagnostic explain(const SourceText& source, const CountingBuffer& buffer, const JsonTreeBuilder& tree,
                   const Poco::Exception& error) {
  const std::string& text = source.text();
  const std::size_t token = tree.next_token();
  if (tree.depth() > kDepth) {
    return {source.at(buffer.offset() - 1), "found more than 16 levels of nesting, expected at most that"};
  }
  if (dynamic_cast<const Poco::SyntaxException*>(&error) != nullptr) {
    return {source.at(token), "found " + found_at(text, token) + ", expected a number that fits in 64 bits"};
  }
  const bool in_string = token < text.size() && text[token] == '"' && buffer.offset() > token + 1;
  if (in_string) return {source.at(token), "found a malformed string: " + on_one_line(error.message())};
  const std::string expected = tree.expected_next();
  return {source.at(token), "found " + found_at(text, token) + ", expected " + expected +
                                hint(std::string_view(text).substr(token), expected)};
}

}  // namespace

std::optional<Node> read_json(const SourceText& source, Diagnostics& errors) {
  CountingBuffer buffer(source.text());
  std::istream stream(&buffer);
  auto tree = Poco::makeShared<JsonTreeBuilder>(source, buffer, errors);
  Poco::JSON::Parser parser(tree);
  parser.setDepth(kDepth);
  try {
    parser.parse(stream);
  } catch (const Poco::Exception& error) {
    errors.push_back(explain(source, buffer, *tree, error));
    return std::nullopt;
  }
  if (tree->has_nul()) return std::nullopt;
  return tree->take_root();
}

}  // namespace netkit
