#include "config/readers/value_reader.h"

#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/words.h"
#include "config/values/expectation.h"
#include "config/values/option_value.h"

namespace netkit {
namespace {

/// A JSON value of another kind does not fit, even if its text would: "5" is no number.
bool kind_fits(OptionType type, Node::Kind kind) {
  if (kind == Node::Kind::word) return true;
  switch (type) {
    case OptionType::flag:
      return kind == Node::Kind::flag;
    case OptionType::integer:
      return kind == Node::Kind::number;
    case OptionType::size:
    case OptionType::duration:
    case OptionType::rate:
    case OptionType::byte_rate:
      return kind == Node::Kind::number || kind == Node::Kind::text;
    default:
      return kind == Node::Kind::text;
  }
}

/// Reads one option's value. Each read_...() reports its own errors.
class ValueReader {
 public:
  ValueReader(const OptionSpec& spec, const std::string& folder, Diagnostics& errors, bool may_have_nul)
      : spec_(spec),
        folder_(folder),
        errors_(errors),
        may_have_nul_(may_have_nul && (spec.type == OptionType::text || spec.type == OptionType::texts)) {}

  std::optional<Options::Value> read(const Node& node) {
    if (spec_.type == OptionType::texts) return as_value(read_texts(node, expectation(spec_)));
    if (spec_.type == OptionType::table) return as_value(read_table(node));
    return read_scalar(node);
  }

 private:
  using Texts = std::vector<std::string>;

  template <class T>
  static std::optional<Options::Value> as_value(std::optional<T> value) {
    if (!value) return std::nullopt;
    return Options::Value(std::move(*value));
  }

  void fail(const Node& node, const std::string& text) {
    errors_.push_back({node.where, in_quotes(spec_.name) + ": " + text});
  }

  void refuse(const Node& node, const std::string& expected) {
    fail(node, "found " + found_text(node) + ", expected " + expected);
  }

  /// False, with an error, for a string that would be cut where it becomes a path, a name or an argument.
  bool check_nul(const Node& node) {
    if (may_have_nul_ || node.text.find('\0') == std::string::npos) return true;
    refuse(node, "text without NUL characters");
    return false;
  }

  /// Parses a node's text; nothing, and an error, if `parse` throws.
  template <class Parse>
  auto try_parse(const Node& node, Parse&& parse) -> std::optional<decltype(parse(node.text))> {
    try {
      return parse(node.text);
    } catch (const std::invalid_argument& error) {
      fail(node, error.what());
      return std::nullopt;
    }
  }

  std::optional<Options::Value> read_scalar(const Node& node) {
    if (!check_nul(node)) return std::nullopt;
    if (!kind_fits(spec_.type, node.kind)) {
      refuse(node, expectation(spec_));
      return std::nullopt;
    }
    return try_parse(node, [&](const std::string& written) {
      const std::string text = node.kind == Node::Kind::word ? unquote(written) : written;
      return spec_.type == OptionType::path ? Options::Value(parse_path(text)) : parse_option(spec_, text);
    });
  }

  std::string parse_path(const std::string& text) const {
    if (text.empty()) throw std::invalid_argument("found '', expected a path");
    return absolute_path(text, folder_);
  }

  std::optional<Texts> read_texts(const Node& node, const std::string& expected) {
    if (node.kind == Node::Kind::word) return try_parse(node, split_list);
    if (node.kind == Node::Kind::text) return check_nul(node) ? std::optional(Texts{node.text}) : std::nullopt;
    if (node.kind == Node::Kind::list) return read_items(node);
    refuse(node, expected);
    return std::nullopt;
  }

  std::optional<Texts> read_items(const Node& node) {
    Texts texts;
    for (const Node& item : node.items) {
      if (item.kind != Node::Kind::text) {
        refuse(item, "a string");
      } else if (check_nul(item)) {
        texts.push_back(item.text);
      }
    }
    if (texts.size() != node.items.size()) return std::nullopt;
    return texts;
  }

  /// Reads the list of strings that stands behind one name of a table.
  std::optional<Texts> read_words(const Member& member) {
    const Node& node = member.value;
    if (node.kind == Node::Kind::word) return try_parse(node, split_words);
    if (node.kind == Node::Kind::list) return read_items(node);
    refuse(node, "a list of strings for " + in_quotes(member.key));
    return std::nullopt;
  }

  std::optional<Options::Table> read_table(const Node& node) {
    if (node.kind != Node::Kind::object) {
      refuse(node, expectation(spec_));
      return std::nullopt;
    }
    Options::Table table;
    for (const Member& member : node.members) {
      if (std::optional<Texts> words = read_words(member)) table.emplace(member.key, std::move(*words));
    }
    if (table.size() != node.members.size()) return std::nullopt;
    return table;
  }

  const OptionSpec& spec_;
  const std::string& folder_;
  Diagnostics& errors_;
  const bool may_have_nul_;
};

}  // namespace

std::optional<Options::Value> read_value(const OptionSpec& spec, const Node& node, const std::string& folder,
                                         Diagnostics& errors, bool may_have_nul) {
  return ValueReader(spec, folder, errors, may_have_nul).read(node);
}

const Position& item_where(const Node& node, std::size_t index) {
  return node.kind == Node::Kind::list ? node.items[index].where : node.where;
}

std::string absolute_path(const std::string& path, const std::string& folder) {
  const std::filesystem::path absolute = (std::filesystem::path(folder) / path).lexically_normal();
  return (absolute.has_filename() ? absolute : absolute.parent_path()).string();  // drops a slash at the end
}

}  // namespace netkit
