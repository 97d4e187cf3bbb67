#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/readers/placed_options.h"
#include "config/syntax/diagnostic.h"
#include "config/syntax/node.h"
#include "netkit/options.h"

namespace netkit {

/// Takes the members of one object by name. The keys that were asked for are the known ones: there is no other list of
/// them.
class ObjectReader {
 public:
  /// `folder` is what relative paths are relative to. All three must outlive the reader. `node` must be an object.
  ObjectReader(const Node& node, const std::string& folder, Diagnostics& errors)
      : node_(node), folder_(folder), errors_(errors) {}

  const Position& where() const { return node_.where; }
  const std::string& folder() const { return folder_; }
  Diagnostics& errors() { return errors_; }
  void fail(const Position& where, std::string text);  ///< Adds an error.

  /// Null if the object has no such member.
  const Node* take(const std::string& key);

  /// The same, a missing member being an error.
  const Node* require(const std::string& key, const std::string& expected);

  /// The text of a member that was taken; nothing, and an error, if it is not a text.
  std::optional<std::string> read_text(const std::string& key, const Node& node);

  /// The strings of a member that was taken, likewise.
  std::optional<std::vector<std::string>> read_texts(const std::string& key, const Node& node);

  /// The strings that take_options() reads may have NUL characters from now on.
  void allow_nul() { may_have_nul_ = true; }

  /// Takes the members that `specs` name, without filling in defaults.
  PlacedOptions take_options(const std::vector<OptionSpec>& specs);

  /// Takes the member `key` to read its own members; nothing if it is missing, and an error if it is not an object.
  std::optional<ObjectReader> take_object(const std::string& key);

  /// Takes the member `key`, an object that has the options of `specs` and nothing else; none are set if it is missing.
  PlacedOptions take_object(const std::string& key, const std::vector<OptionSpec>& specs);

  /// Reports each member that was not taken.
  void refuse_rest();

 private:
  const Node& node_;
  const std::string& folder_;
  Diagnostics& errors_;
  std::vector<std::string> known_;
  bool may_have_nul_ = false;
};

/// False, with an error, if `node` is not an object.
bool require_object(const std::string& key, const Node& node, Diagnostics& errors);

}  // namespace netkit
